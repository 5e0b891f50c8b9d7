import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";

const peer = { behind: "internet", iceServers: ["turn"] };

function placesOf(signalling: unknown, changes: object = {}): string[] {
  const scenario = {
    description: "Calls over a bad signalling.",
    topology: { turnServers: { turn: {} } },
    peers: { offerer: peer, answerer: peer },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
    signalling,
    ...changes,
  };
  const result = checkScenario(scenario, "signalling");
  return "faults" in result ? result.faults.map(({ place }) => place) : [];
}

describe("a signalling", () => {
  it.each([
    { delayMs: 200 },
    { delayMs: 200, losesEarlyCandidates: true },
    { loss: 0.1, drops: ["candidate"] },
    { loss: 1 },
  ])("may be %o", (signalling) => {
    expect(placesOf(signalling)).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{}, "signalling"],
    [{ delayMs: 0, loss: 0, losesEarlyCandidates: false }, "signalling"],
    [{ losesEarlyCandidates: true }, "signalling.losesEarlyCandidates"],
    [{ drops: ["offers"] }, "signalling.drops[0]"],
    [{ drops: ["offer", "offer"] }, "signalling.drops"],
    [{ loss: 2 }, "signalling.loss"],
    [{ jitterMs: 2 }, "signalling.jitterMs"],
  ])("may not be %o", (signalling, place) => {
    expect(placesOf(signalling)).toContain(place);
  });

  it.each<[object, string]>([
    [{ loss: 1 }, "signalling.loss"],
    [{ drops: ["candidate"] }, "signalling.drops"],
    [{ delayMs: 15_000 }, "signalling.delayMs"],
  ])("may not be %o where calls are to connect", (signalling, place) => {
    expect(placesOf(signalling, { expectedPath: "direct" })).toEqual([place]);
    expect(placesOf(signalling, { expectedPath: "none", expectedFailure: "session_timeout" })).toEqual([]);
  });

  it("is none of a grid's", () => {
    const grid = {
      description: "A grid.",
      topology: { turnServers: { turn: {} } },
      peers: { one: peer },
      cells: [{ table: "t", row: "r", column: "c", offerer: "one", answerer: "one" }],
      concurrency: 1,
      signalling: { loss: 0.1 },
    };
    const result = checkScenario(grid, "grid");
    expect("faults" in result && result.faults.map(({ place }) => place)).toContain("signalling");
  });
});

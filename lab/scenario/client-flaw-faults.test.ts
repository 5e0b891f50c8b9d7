import { expect, it } from "vitest";
import { CLIENT_FLAWS } from "../model/topology.ts";
import { checkScenario } from "./check-scenario.ts";

function faultsOf(offerer: object): string[] {
  const peer = { behind: "internet", iceServers: ["turn"] };
  const scenario = {
    description: "A client that does something wrong.",
    topology: { turnServers: { turn: {} } },
    peers: { offerer: { ...peer, ...offerer }, answerer: peer },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const result = checkScenario(scenario, "flaw");
  return "faults" in result ? result.faults.map(({ place, expected }) => `${place}: ${expected}`) : [];
}

it("may be any of a werift peer with TURN, and all of them", () => {
  expect(faultsOf({ flaws: CLIENT_FLAWS })).toEqual([]);
  expect(faultsOf({ flaws: ["no-keepalive"], iceServers: [] })).toEqual([]);
});

it.each([
  [{ flaws: ["no-keepalive"], engine: "chromium" }, "peers.offerer.flaws: none of a peer on chromium"],
  [{ flaws: [] }, "peers.offerer.flaws: at least 1"],
  [{ flaws: ["no-keep-alive"] }, "peers.offerer.flaws[0]: "],
  [{ flaws: ["no-keepalive", "no-keepalive"] }, "peers.offerer.flaws: each flaw once"],
  [{ flaws: ["ignores-stale-nonce"], iceServers: [{ server: "turn", urls: ["stun"] }] }, "flaws[0]: a TURN URL"],
  [{ flaws: ["reuses-port"], iceServers: [{ server: "turn", urls: ["tcp"] }] }, "flaws[0]: a TURN URL over UDP"],
])("may not be %o", (offerer, expected) => {
  expect(faultsOf(offerer).join("\n")).toContain(expected);
});

it("is nothing that a grid knows", () => {
  const result = checkScenario(
    {
      description: "A grid.",
      topology: { turnServers: { turn: {} } },
      peers: { one: { behind: "internet", iceServers: ["turn"], flaws: ["no-keepalive"] } },
      cells: [{ table: "t", row: "r", column: "c", offerer: "one", answerer: "one" }],
      concurrency: 1,
    },
    "grid",
  );
  expect("faults" in result && result.faults.map(({ place }) => place)).toContain("peers.one.flaws");
});

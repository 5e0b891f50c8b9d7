import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";
import type { Fault } from "./fault.ts";

const peer = { behind: "internet", iceServers: ["turn"] };

function faultsOf(recovery: unknown, changes: object = {}): Fault[] {
  const scenario = {
    description: "Calls that come back.",
    topology: { turnServers: { turn: {} } },
    peers: { offerer: peer, answerer: peer },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
    traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 8_000 },
    recovery,
    ...changes,
  };
  const result = checkScenario(scenario, "recovery");
  return "faults" in result ? result.faults : [];
}

describe("a recovery", () => {
  it.each([
    { by: "ice-restart" },
    { by: "new-call", afterSilenceMs: 2_500, withinMs: 20_000 },
    { by: "ice-restart", afterSilenceMs: 7_999 },
  ])("may be %o", (recovery) => {
    expect(faultsOf(recovery)).toEqual([]);
  });

  it.each<[unknown, string, string]>([
    [{}, "recovery.by", '"ice-restart", "new-call"'],
    [{ by: "restart" }, "recovery.by", '"ice-restart", "new-call"'],
    ["ice-restart", "recovery", "an object"],
    [{ by: "new-call", after: 1 }, "recovery.after", "one of by, afterSilenceMs, withinMs"],
    [{ by: "new-call", afterSilenceMs: 100 }, "recovery.afterSilenceMs", "a number from 500 to 60000"],
    [{ by: "new-call", withinMs: 0 }, "recovery.withinMs", "a number from 500 to 600000"],
    [{ by: "new-call", afterSilenceMs: 8_000 }, "recovery.afterSilenceMs", "less than traffic.durationMs, 8000"],
  ])("is told: %o", (recovery, place, expected) => {
    expect(faultsOf(recovery)).toEqual([
      expect.objectContaining({ place, expected: expect.stringContaining(expected) }),
    ]);
  });

  it("is told where calls are too short for the default, or none may connect", () => {
    expect(faultsOf({ by: "new-call" }, { traffic: undefined })).toEqual([
      expect.objectContaining({ place: "recovery.afterSilenceMs", found: "5000, the default" }),
    ]);
    const none = { expectedPath: "none", expectedFailure: "ice_failed" };
    expect(faultsOf({ by: "new-call" }, none)).toEqual([expect.objectContaining({ place: "recovery" })]);
  });
});

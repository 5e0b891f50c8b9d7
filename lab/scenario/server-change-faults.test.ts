import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";
import type { Fault } from "./fault.ts";

const peer = { behind: "internet", iceServers: ["turn"] };

function faultsOf(...changes: object[]): Fault[] {
  const result = checkScenario(
    {
      description: "A server is lost.",
      topology: { turnServers: { turn: {}, standby: {} } },
      peers: { offerer: peer, answerer: peer },
      load: { executor: "per-vu-iterations", vus: 1, iterations: 3 },
      changes,
    },
    "lost",
  );
  return "faults" in result ? result.faults : [];
}
const turn = (atMs: number, becomes: string) => ({ atMs, server: "turn", becomes });

describe("changes of servers", () => {
  it("are taken in the order of time, each server by itself", () => {
    expect(
      faultsOf(
        turn(3_000, "restored"),
        turn(1_000, "drained"),
        turn(2_000, "killed"),
        { atMs: 1_000, server: "standby", becomes: "cut-off" },
        turn(4_000, "cut-off"),
      ),
    ).toEqual([]);
  });

  it.each([
    ["back without a loss", [turn(1, "restored")], "changes[0].becomes", "nothing has become of turn yet"],
    ["killed twice", [turn(1, "killed"), turn(2, "killed")], "changes[1].becomes", "turn is killed since changes[0]"],
    [
      "drained when there is nobody to drain",
      [turn(2, "drained"), turn(1, "killed")],
      "changes[0].becomes",
      '"restored": turn is killed since changes[1]',
    ],
    ["killed unseen", [turn(1, "cut-off"), turn(2, "killed")], "changes[1].becomes", '"restored": turn is cut-off'],
    [
      "back twice",
      [turn(1, "killed"), turn(2, "restored"), turn(3, "restored")],
      "changes[2].becomes",
      '"killed", "cut-off", "drained": turn is restored since changes[1]',
    ],
    ["two things at once", [turn(5, "drained"), turn(5, "killed")], "changes[1].atMs", "a time of its own"],
  ])("are told: %s", (_what, changes, place, expected) => {
    expect(faultsOf(...changes)).toEqual([
      expect.objectContaining({ place, expected: expect.stringContaining(expected) }),
    ]);
  });

  it.each([
    [{ atMs: 1, server: "trun", becomes: "killed" }, "changes[0].server", 'Did you mean "turn"?'],
    [{ atMs: 1, server: "turn", becomes: "cutoff" }, "changes[0].becomes", 'Did you mean "cut-off"?'],
  ])("are told, with what was meant: %o", (change, place, hint) => {
    expect(faultsOf(change)).toEqual([expect.objectContaining({ place, hint })]);
  });

  it.each([
    [{ atMs: 1, server: "turn" }, "changes[0].becomes"],
    [{ atMs: 1, becomes: "killed" }, "changes[0].server"],
    [{ atMs: 1, server: "turn", becomes: "killed", node: "turn", link: {} }, "changes[0]"],
    [{ atMs: 1, server: "turn", becomes: "killed", downMs: 5 }, "changes[0].downMs"],
    [turn(10_000_000, "killed"), "changes[0].atMs"],
    [turn(-1, "killed"), "changes[0].atMs"],
  ])("are told: %o", (change, place) => {
    expect(faultsOf(change).map((fault) => fault.place)).toEqual([place]);
  });
});

import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";
import type { Fault } from "./fault.ts";

const told = { engine: "firefox", comesTo: "relayed", why: "It does so.", source: "its.cc" };
const cells = ["home", "office"].flatMap((row) =>
  ["udp", "tcp"].map((column) => ({ table: "t", row, column, offerer: "left", answerer: "right" })),
);

function faultsOf(...differences: object[]): Fault[] {
  const peer = { behind: "internet", iceServers: [] };
  const peers = { left: peer, right: peer };
  const grid = { description: "Two rows.", topology: {}, peers, cells, concurrency: 1, comparedAs: "g", differences };
  const result = checkScenario(grid, "grid");
  return "faults" in result ? result.faults : [];
}

describe("known differences of a grid", () => {
  it("may name cells in any way that finds some", () => {
    expect(faultsOf({ ...told, where: [{ rows: ["home"] }, { columns: ["udp"] }] })).toEqual([]);
    expect(faultsOf({ ...told, where: [{}] }, { ...told, engine: "chromium", where: [{ tables: ["t"] }] })).toEqual([]);
  });

  it("may be about one cell where it is one thing or the other that is computed for it", () => {
    const [direct, relayed] = ["direct", "relayed"].map((outcome) => ({ ...told, where: [{ computed: [outcome] }] }));
    expect(faultsOf({ ...direct, atMost: 0.1 }, { ...relayed, comesTo: "none" })).toEqual([]);
  });

  it("are told where they name what the grid has not", () => {
    expect(faultsOf({ ...told, where: [{ rows: ["home", "hoem"] }] })).toEqual([
      {
        place: "differences[0].where[0].rows[1]",
        expected: "a row of the cells (home, office)",
        found: '"hoem"',
        hint: 'Did you mean "home"?',
      },
    ]);
  });

  it("are told where two of one engine are about one cell", () => {
    const first = { ...told, where: [{ rows: ["home"] }] };
    expect(faultsOf(first, { ...told, comesTo: "none", where: [{ columns: ["tcp"] }] })).toEqual([
      {
        place: "differences[1].where[0]",
        expected: "cells that no other difference of the engine has",
        found: '"t", "home", "tcp", which differences[0].where[0] has',
      },
    ]);
  });

  it.each<[what: string, difference: object, place: string]>([
    ["no pattern", { ...told, where: [] }, "differences[0].where"],
    ["an unknown key", { ...told, where: [{ row: ["home"] }] }, "differences[0].where[0].row"],
    ["an unknown engine", { ...told, engine: "safari", where: [{}] }, "differences[0].engine"],
    ["no cause", { ...told, why: "", where: [{}] }, "differences[0].why"],
    ["a share that is none", { ...told, atMost: 10, where: [{}] }, "differences[0].atMost"],
    ["an unknown outcome", { ...told, comesTo: "relay", where: [{}] }, "differences[0].comesTo"],
  ])("are told with %s", (_what, difference, place) => {
    expect(faultsOf(difference)).toEqual([expect.objectContaining({ place })]);
  });
});

import { describe, expect, it } from "vitest";
import { type EngineDifference, knownOutcome } from "./engine-difference.ts";
import type { GridCellSpec, GridScenario } from "./grid.ts";

const told = { comesTo: "relayed", why: "It does so.", source: "its.cc" } as const;
const differences: EngineDifference[] = [
  { engine: "firefox", where: [{ tables: ["t"], rows: ["a"] }, { columns: ["b", "c"] }], ...told },
  { engine: "chromium", where: [{}], ...told, comesTo: "none" },
];
const peer = { behind: "internet", iceServers: [] };
const peers: GridScenario["peers"] = {
  werift: peer,
  firefox: { ...peer, engine: "firefox" },
  chromium: { ...peer, engine: "chromium" },
};

const cell = (row: string, column: string, offerer = "firefox", answerer = "firefox"): GridCellSpec => ({
  ...{ table: "t", row, column, offerer, answerer },
});
const comesTo = (...of: Parameters<typeof cell>) =>
  knownOutcome({ peers, differences }, cell(...of), "direct")?.comesTo ?? null;

describe("what an engine is known to do otherwise", () => {
  it("holds for the cells that any of its patterns names in full", () => {
    expect(comesTo("a", "x")).toBe("relayed");
    expect(comesTo("x", "c")).toBe("relayed");
    expect(comesTo("x", "x")).toBeNull();
    expect(knownOutcome({ peers, differences }, { ...cell("a", "x"), table: "u" }, "direct")).toBeNull();
  });

  it("holds for cells of which something else was computed alone, where it says so", () => {
    const ofDirect: EngineDifference[] = [{ engine: "firefox", where: [{ computed: ["direct", "local"] }], ...told }];
    const at = (expected: "direct" | "none") =>
      knownOutcome({ peers, differences: ofDirect }, cell("a", "x"), expected);
    expect(at("direct")).toEqual({ engine: "firefox", ...told });
    expect(at("none")).toBeNull();
  });

  it("holds for its engine alone, at whichever end that is", () => {
    expect(comesTo("a", "x", "werift", "werift")).toBeNull();
    expect(comesTo("a", "x", "werift", "firefox")).toBe("relayed");
    expect(comesTo("x", "x", "chromium", "werift")).toBe("none");
  });

  it("says why", () => {
    expect(knownOutcome({ peers, differences }, cell("a", "x"), "direct")).toEqual({ engine: "firefox", ...told });
    expect(knownOutcome({ peers }, cell("a", "x"), "direct")).toBeNull();
  });
});

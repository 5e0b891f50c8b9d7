import { describe, expect, it } from "vitest";
import {
  endOf,
  isFailing,
  nextTurn,
  orderOf,
  plannedLoads,
  planTurn,
  type Standing,
  wantsLoad,
} from "./gate-rounds.ts";

const good = (length: number) => Array.from({ length }, () => true);
const bad = (length: number) => Array.from({ length }, () => false);

const standing = (given: Partial<Standing> = {}): Standing => ({
  cell: "home",
  candidate: good(20),
  baseline: good(10),
  verdict: "undecided",
  decision: "undecided",
  ...given,
});

describe("the calls of a turn", () => {
  it("lie side by side by cell, and none is of a cell that is decided", () => {
    const cells = [standing(), standing({ cell: "done", verdict: "passed" }), standing({ cell: "cgnat" })];
    expect(planTurn(cells, "candidate", 2)).toEqual(["home", "cgnat", "home", "cgnat"]);
  });

  it("are a third as many of a baseline, as long as nothing fails", () => {
    expect(planTurn([standing()], "baseline", 9)).toHaveLength(3);
    expect(planTurn([standing({ candidate: [...good(19), false] })], "baseline", 9)).toHaveLength(9);
    expect(planTurn([standing({ baseline: [false] })], "baseline", 9)).toHaveLength(9);
  });

  it("are enough of a baseline at first to be told from", () => {
    expect(planTurn([standing({ candidate: [], baseline: [] })], "baseline", 8)).toHaveLength(6);
    expect(planTurn([standing({ candidate: [], baseline: [] })], "baseline", 2)).toHaveLength(2);
  });

  it("go on in pairs where the candidate is bad and not yet told from the baseline, up to a bound", () => {
    const failing = standing({ candidate: bad(8), decision: "bad" });
    for (const side of ["candidate", "baseline"] as const) expect(planTurn([failing], side, 8)).toHaveLength(8);
    const told = { ...failing, candidate: bad(200), baseline: [...bad(1), ...good(199)] };
    for (const side of ["candidate", "baseline"] as const) expect(planTurn([told], side, 8)).toEqual([]);
  });

  it("are none of a baseline that is not there", () => {
    expect(planTurn([standing({ baseline: null })], "baseline", 8)).toEqual([]);
  });
});

describe("the order of sides", () => {
  it("changes with each round, and chance says who begins", () => {
    for (const isFlipped of [true, false]) {
      const begin = [1, 2, 3, 4].map((round) => orderOf(round, isFlipped, [standing()])[0]);
      expect(new Set(begin.slice(0, 2)).size).toBe(2);
      expect(begin.slice(2)).toEqual(begin.slice(0, 2));
    }
    expect(orderOf(1, true, [])).not.toEqual(orderOf(1, false, []));
  });

  it("has the baseline between two turns of a candidate that fails", () => {
    const failing = standing({ candidate: bad(8), decision: "bad" });
    for (const isFlipped of [true, false])
      for (const round of [2, 3]) expect(orderOf(round, isFlipped, [failing])).toEqual(["baseline", "candidate"]);
  });
});

describe("the next turn", () => {
  const fine = standing({ cell: "fine" });

  it("is of all cells, with fewer calls at first", () => {
    expect(nextTurn([standing({ candidate: [] }), fine], "candidate", 1)).toHaveLength(16);
    expect(nextTurn([standing(), fine], "candidate", 2)).toHaveLength(28);
  });

  it("is of those that fail alone, where any does", () => {
    const failing = standing({ candidate: bad(8), decision: "bad" });
    for (const side of ["candidate", "baseline"] as const)
      expect(nextTurn([failing, fine], side, 2)).toEqual(Array.from({ length: 8 }, () => "home"));
  });
});

describe("the pairs of loads", () => {
  const six = { made: 6, planned: 6, isOpen: true, elapsedMs: 60_000, roundMs: 6_000 };

  it("are more than six where these straddle a margin, up to the next look, and twelve at most", () => {
    expect(plannedLoads(six)).toBe(9);
    expect(plannedLoads({ ...six, made: 7, planned: 9 })).toBe(9);
    expect(plannedLoads({ ...six, made: 9, planned: 9 })).toBe(12);
    expect(plannedLoads({ ...six, made: 12, planned: 12 })).toBe(12);
  });

  it("are six where these say enough, or others would take too long", () => {
    expect(plannedLoads({ ...six, isOpen: false })).toBe(6);
    expect(plannedLoads({ ...six, elapsedMs: 70_000 })).toBe(6);
    expect(plannedLoads({ ...six, roundMs: 9_000 })).toBe(6);
    expect(plannedLoads({ ...six, made: 0, planned: 0, isOpen: false })).toBe(0);
  });

  it("go on for the load's own calls, and stop where others fail", () => {
    const load = standing({ cell: "load" });
    const made = { cell: "load", made: 6, planned: 6 };
    expect(wantsLoad("candidate", [load], made)).toBe(true);
    expect(wantsLoad("baseline", [load], made)).toBe(false);
    expect(wantsLoad("candidate", [{ ...load, verdict: "passed" }], made)).toBe(false);
    expect(wantsLoad("candidate", [{ ...load, verdict: "passed" }], { ...made, planned: 9 })).toBe(true);
    const failing = standing({ decision: "bad", candidate: bad(8) });
    expect(wantsLoad("candidate", [load, failing], { ...made, made: 1 })).toBe(false);
  });
});

describe("the end of a gate", () => {
  const progress = { loads: { made: 6, planned: 6 }, elapsedMs: 20_000, budgetMs: 300_000 };
  const failed = standing({ verdict: "failed", decision: "bad", candidate: bad(8) });
  const passed = standing({ verdict: "passed", decision: "good" });

  it("is that all is decided, the loads as well", () => {
    expect(endOf({ ...progress, standings: [passed] })).toBe("decided");
    expect(endOf({ ...progress, standings: [passed], loads: { made: 5, planned: 6 } })).toBeNull();
    expect(endOf({ ...progress, standings: [passed, standing()] })).toBeNull();
  });

  it("is a failure that is certain, though cells that have begun to fail are looked at for a while", () => {
    expect(endOf({ ...progress, standings: [failed, standing()] })).toBe("certain_failure");
    const beginning = standing({ candidate: [...good(7), false] });
    expect(endOf({ ...progress, standings: [failed, beginning] })).toBeNull();
    expect(endOf({ ...progress, standings: [failed, beginning], elapsedMs: 45_000 })).toBe("certain_failure");
  });

  it("is the budget's, where nothing else is", () => {
    expect(endOf({ ...progress, standings: [standing()], elapsedMs: 300_000 })).toBe("budget");
    expect(endOf({ ...progress, standings: [failed], elapsedMs: 300_000 })).toBe("certain_failure");
  });

  it("is no certain failure where all that failed is let fail by the profile", () => {
    const letFail = standing({ verdict: "not_counted", decision: "bad", candidate: bad(8) });
    expect(endOf({ ...progress, standings: [letFail, standing()] })).toBeNull();
    expect(endOf({ ...progress, standings: [letFail, passed] })).toBe("decided");
    expect(isFailing([letFail])).toBe(false);
    for (const side of ["candidate", "baseline"] as const) expect(planTurn([letFail], side, 8)).toEqual([]);
  });

  it("comes although a bad cell can never be told from the baseline's", () => {
    const stuck = standing({ decision: "bad", candidate: bad(200), baseline: [...bad(100), ...good(100)] });
    expect(isFailing([stuck])).toBe(false);
    expect(endOf({ ...progress, standings: [stuck] })).toBe("decided");
  });
});

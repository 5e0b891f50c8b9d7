import { describe, expect, it } from "vitest";
import { endOf, isFailing, orderOf, planTurn, type Standing } from "./gate-rounds.ts";

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
      const begin = [1, 2, 3, 4].map((round) => orderOf(round, isFlipped)[0]);
      expect(new Set(begin.slice(0, 2)).size).toBe(2);
      expect(begin.slice(2)).toEqual(begin.slice(0, 2));
    }
    expect(orderOf(1, true)).not.toEqual(orderOf(1, false));
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

  it("comes although a bad cell can never be told from the baseline's", () => {
    const stuck = standing({ decision: "bad", candidate: bad(200), baseline: [...bad(100), ...good(100)] });
    expect(isFailing([stuck])).toBe(false);
    expect(endOf({ ...progress, standings: [stuck] })).toBe("decided");
  });
});

import { describe, expect, it } from "vitest";
import { aGrid, gridRun } from "../example-grid.ts";
import { exampleRun, runFinished, runStarted, scenarioFinished, scenarioStarted } from "../example-run.ts";
import { compareRuns } from "./compare-runs.ts";
import type { Comparison, Figure } from "./comparison.ts";
import { manyRuns, twistedFacts, twoRuns } from "./example-runs.ts";
import { factsOfLog, factsOfSummary, type RunFacts } from "./run-facts.ts";

function compared(runs: RunFacts[]): Comparison {
  const [first] = runs;
  if (!first) throw new Error("expected runs");
  return compareRuns(first, runs, []);
}

function figureOf(comparison: Comparison, name: string, at = 0): Figure {
  const found = comparison.comparisons[at]?.scenarios[0]?.figures.find((figure) => figure.name === name);
  if (!found) throw new Error(`no figure ${name}`);
  return found;
}

describe("two runs with something else in the second", () => {
  const comparison = compared(twoRuns());

  it("tells which versions and which lines of turnserver.conf", () => {
    expect(comparison.comparisons[0]?.setup).toEqual([
      { kind: "version", scenarios: [], what: "coturn", before: "4.17.0", after: "4.17.1" },
      {
        kind: "turnserver.conf",
        scenarios: ["mobile-to-home"],
        what: "turn: max-bps",
        before: "max-bps=64000",
        after: "max-bps=32000",
      },
      {
        kind: "turnserver.conf",
        scenarios: ["mobile-to-home"],
        what: "turn: stale-nonce",
        before: null,
        after: "stale-nonce=600",
      },
    ]);
  });

  it("finds what got worse, each with an interval beyond 0", () => {
    expect(figureOf(comparison, "session_success")).toMatchObject({
      before: 1,
      after: 71 / 80,
      verdict: "lower",
      meaning: "worse",
    });
    const time = figureOf(comparison, "connect_time med");
    expect(time).toMatchObject({ verdict: "higher", meaning: "worse", samples: { before: 80, after: 80 } });
    expect(time.interval?.[0]).toBeGreaterThan(0);
    expect(comparison.comparisons[0]?.scenarios[0]?.status).toEqual({ before: "passed", after: "failed" });
  });

  it("says of what is as before only that no difference was shown, and what would have been", () => {
    const allocate = figureOf(comparison, "turn_allocate_time med");
    expect(allocate).toMatchObject({ difference: 0, verdict: "none_shown", meaning: null });
    const ratio = comparison.comparisons[0]?.scenarios[1]?.figures[0];
    expect(ratio).toMatchObject({ name: "session_success", verdict: "none_shown" });
    expect(ratio?.leastShown).toBeGreaterThan(0.4);
    expect(figureOf(comparison, "ice_time med")).toMatchObject({ verdict: "none_shown", leastShown: null });
  });

  it("says nothing of one figure a run, nor of what has too few samples", () => {
    expect(figureOf(comparison, "turn: CPU for a call")).toMatchObject({ verdict: "not_told", interval: null });
    const slow = comparison.comparisons[0]?.scenarios[1]?.figures.find(({ name }) => name === "connect_time p(95)");
    expect(slow).toMatchObject({ verdict: "not_told", note: "too few samples: it takes 72 in each run" });
  });
});

describe("many runs", () => {
  const comparison = compared(manyRuns());

  it("takes from repeated runs what is chance, also of load", () => {
    // Days 0 to 2 are of one set-up; 1 against 0 is judged by what is left of it, which is one.
    expect(figureOf(comparison, "turn: CPU for a call", 0)).toMatchObject({ verdict: "not_told" });
    const slower = figureOf(comparison, "turn: CPU for a call", 2);
    expect(slower).toMatchObject({ verdict: "higher", meaning: "worse" });
    expect(slower.repeats).toBeGreaterThan(0);
    expect(figureOf(comparison, "turn: CPU for a call", 3)).toMatchObject({ verdict: "none_shown" });
    expect(figureOf(comparison, "connect_time med", 2)).toMatchObject({ verdict: "higher", meaning: "worse" });
  });

  it("gives no meaning to a difference of runs of one set-up", () => {
    const again = { ...twistedFacts({ day: 1, slower: 1.5, lines: [] }), name: "again" };
    const { comparisons } = compared([{ ...twistedFacts({ day: 0, lines: [] }), name: "once" }, again]);
    const time = comparisons[0]?.scenarios[0]?.figures.find(({ name }) => name === "connect_time med");
    expect(time).toMatchObject({ verdict: "higher", meaning: null, note: expect.stringContaining("machine") });
  });

  it("does not hold times of another machine against these", () => {
    const other = comparison.comparisons.at(-1);
    expect(other).toMatchObject({ isSameMachine: false });
    for (const figure of other?.scenarios[0]?.figures ?? [])
      expect(figure.verdict === "not_comparable", figure.name).toBe(figure.kind !== "share");
    expect(comparison.notes.join(" ")).toContain("different machines are not comparable");
  });

  it("marks each run that was made with something else, in the order of time", () => {
    expect(comparison.marks.map(({ run, setup }) => [run, ...setup.map(({ what }) => what)])).toEqual([
      ["2026-03-17", "coturn"],
      ["2026-03-18", "coturn"],
      ["2026-03-19", "CPUs"],
    ]);
    const shuffled = compareRuns(manyRuns()[0] as RunFacts, manyRuns().toReversed(), []);
    expect(shuffled.marks).toHaveLength(comparison.marks.length);
  });

  it("has each scenario's course", () => {
    const [trend] = comparison.trends;
    expect(trend?.points.map(({ connectTime }) => Math.round(connectTime.med ?? 0))).toHaveLength(6);
    expect(trend?.points[0]?.success).toMatchObject({ successes: 80, finished: 80, rate: 1 });
  });
});

describe("what else can stand in runs", () => {
  it("is told of grids cell by cell", () => {
    const grid = aGrid(["home", "symmetric"]);
    const gridFacts = (name: string, came: "none" | undefined) =>
      factsOfLog(
        name,
        gridRun(
          grid,
          () => "direct",
          ({ row, column }) => (row === "symmetric" && column === "symmetric" ? came : undefined),
        ),
      );
    const { comparisons } = compared([gridFacts("a", undefined), gridFacts("b", "none")]);
    expect(comparisons[0]?.scenarios[0]?.cells).toEqual({
      total: 4,
      changed: [
        { table: "STUN only", row: "symmetric", column: "symmetric", before: "direct, passed", after: "none, failed" },
      ],
    });
    expect(comparisons[0]?.scenarios[0]?.figures.some(({ name }) => name === "session_success")).toBe(false);
  });

  it("is, of a summary alone, its shares; of times that nothing is told", () => {
    const [first, second] = twoRuns();
    if (!first || !second) throw new Error("expected runs");
    const comparison = compareRuns(first, [first, factsOfSummary("summary", second.summary)], []);
    expect(figureOf(comparison, "session_success")).toMatchObject({ verdict: "lower" });
    expect(figureOf(comparison, "connect_time med")).toMatchObject({ verdict: "not_told", interval: null });
    expect(comparison.comparisons[0]?.setup.map(({ what }) => what)).toEqual(["coturn"]);
  });

  it("is left out where it has nothing in common, and null where nothing was measured", () => {
    const other = factsOfLog("other", [runStarted("x"), scenarioStarted("x"), scenarioFinished("x"), runFinished()]);
    const runs = [factsOfLog("a", exampleRun()), factsOfLog("b", exampleRun()), other];
    expect(compared(runs).skipped).toEqual([{ run: "other", reason: "no scenario in common with a" }]);
    const empty = compared([other, { ...other, name: "too" }]);
    expect(empty.comparisons[0]?.scenarios[0]?.figures).toEqual([]);
  });
});

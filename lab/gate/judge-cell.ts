import type { CellResult } from "../model/gate.ts";
import type { GateLimits } from "../model/gate-profile.ts";
import { shareDifference } from "../statistics/paired-difference.ts";
import { regressionEvidence } from "../statistics/regression-test.ts";
import { type Decision, sequentialDecision, type Tally } from "../statistics/sequential-test.ts";
import type { ErrorShares } from "./error-shares.ts";

/** Whether each call of a cell was good, in the order in which they ended. */
export type CellCalls = {
  candidate: readonly boolean[];
  baseline: readonly boolean[] | null;
  /** Of each of the candidate's, the round. */
  rounds: readonly number[];
};

/** After so many pairs two bad cells are held against each other; each look spends its part of the rate of passing what is bad. */
const ALIKE_LOOKS = [20, 40, 80, 140, 200];

export type CellJudgement = {
  candidate: Decision;
  baseline: Decision | null;
  verdict: CellResult["verdict"];
};

/**
 * What the calls of a cell come to. With a baseline a candidate fails where it is the worse of the two; where it is bad and
 * they are alike, that was already there. Pure, and valid after any number of calls.
 */
export function judgeCell(calls: CellCalls, limits: GateLimits, shares: ErrorShares): CellJudgement {
  const rates = limits.successRate;
  const decisionOf = (outcomes: readonly boolean[]) =>
    sequentialDecision(tallyOf(outcomes), rates, { good: shares.good, bad: shares.fail });
  const candidate = decisionOf(calls.candidate);
  if (!calls.baseline) {
    const isFailed = candidate === "bad" && decisionOf(withoutWorstRound(calls)) === "bad";
    const verdict = candidate === "good" ? "passed" : isFailed ? "failed" : "undecided";
    return { candidate, baseline: null, verdict };
  }
  const baseline = sequentialDecision(tallyOf(calls.baseline), rates, { good: shares.good, bad: shares.excuse });
  if (candidate === "good") return { candidate, baseline, verdict: "passed" };
  const isWorse = (outcomes: readonly boolean[]) =>
    decisionOf(outcomes) === "bad" && regressionEvidence(outcomes, calls.baseline ?? []) >= 1 / shares.fail;
  if (isWorse(calls.candidate) && isWorse(withoutWorstRound(calls))) return { candidate, baseline, verdict: "failed" };
  const isAlike =
    candidate === "bad" && baseline === "bad" && isNoDrop(calls.candidate, calls.baseline, limits.margin, shares.good);
  return { candidate, baseline, verdict: isAlike ? "already_there" : "undecided" };
}

/**
 * The candidate's calls but those of the round in which most failed: a machine that stands still for a while fails all calls of one turn, and
 * of that side alone, so that what fails for certain has to be seen without it.
 */
function withoutWorstRound({ candidate, rounds }: CellCalls): boolean[] {
  const failures = new Map<number, number>();
  for (const [index, isGood] of candidate.entries()) {
    const round = rounds[index] ?? 0;
    if (!isGood) failures.set(round, (failures.get(round) ?? 0) + 1);
  }
  const [worst] = [...failures].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return candidate.filter((_, index) => rounds[index] !== worst);
}

/** Two bad cells are alike only where a drop beyond the margin can be left out, at any of the looks; `error` is for all of them. */
function isNoDrop(candidate: readonly boolean[], baseline: readonly boolean[], margin: number, error: number): boolean {
  const confidence = 1 - (2 * error) / ALIKE_LOOKS.length;
  return ALIKE_LOOKS.filter((pairs) => pairs <= Math.min(candidate.length, baseline.length)).some((pairs) => {
    const of = (calls: readonly boolean[]) => ({ calls: pairs, good: tallyOf(calls.slice(0, pairs)).succeeded });
    const { interval } = shareDifference({ candidate: of(candidate), baseline: of(baseline) }, 0, margin, confidence);
    return interval !== null && interval[0] >= -margin;
  });
}

export function tallyOf(calls: readonly boolean[]): Tally {
  return { calls: calls.length, succeeded: calls.filter(Boolean).length };
}

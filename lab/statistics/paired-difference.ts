import jStat from "jstat";
import { mean, sampleStandardDeviation } from "simple-statistics";
import type { GateDifference } from "../model/gate.ts";
import { scoreInterval } from "./score-interval.ts";

/** A figure of the candidate's and of the baseline's in one round. */
export type Pair = { candidate: number; baseline: number };

export type Difference = Pick<
  GateDifference,
  "baseline" | "candidate" | "change" | "interval" | "isSettled" | "rounds" | "verdict"
>;

/** Fewer rounds have no spread that could be told. */
const MIN_ROUNDS = 3;

/**
 * How the candidate's figures stand to the baseline's, round by round: the mean of the logarithms of their ratios with
 * Student's interval at that confidence. Rounds lie side by side in time, so that what slows the machine slows both and
 * goes out. `leastDeviation`: of a logarithm, what a figure cannot be told more finely than. `worse` only where the whole interval lies beyond the margin.
 */
export function pairedRatio(
  pairs: readonly Pair[],
  margin: number,
  confidence: number,
  leastDeviation = 0,
): Difference {
  const usable = pairs.filter(({ candidate, baseline }) => candidate > 0 && baseline > 0);
  const rounds = usable.length;
  if (rounds < MIN_ROUNDS) {
    return nothingOf(rounds);
  }
  const logs = usable.map(({ candidate, baseline }) => Math.log(candidate / baseline));
  const middle = mean(logs);
  const error = Math.max(sampleStandardDeviation(logs), leastDeviation) / Math.sqrt(rounds);
  const half = jStat.studentt.inv((1 + confidence) / 2, rounds - 1) * error;
  const interval: [number, number] = [Math.expm1(middle - half), Math.expm1(middle + half)];
  return {
    // Geometric means: their ratio is the change that is told.
    baseline: Math.exp(mean(usable.map(({ baseline }) => Math.log(baseline)))),
    candidate: Math.exp(mean(usable.map(({ candidate }) => Math.log(candidate)))),
    change: Math.expm1(middle),
    interval,
    isSettled: interval[0] > margin || interval[1] < margin,
    rounds,
    verdict: verdictOf(interval, margin, "more-is-worse"),
  };
}

/** Good calls out of all on each side. */
export type Shares = { candidate: { calls: number; good: number }; baseline: { calls: number; good: number } };

/** The difference of two shares with Newcombe's hybrid score interval (Newcombe 1998, method 10). */
export function shareDifference(
  { candidate, baseline }: Shares,
  rounds: number,
  margin: number,
  confidence: number,
): Difference {
  if (candidate.calls === 0 || baseline.calls === 0) {
    return nothingOf(rounds);
  }
  const z = jStat.normal.inv((1 + confidence) / 2, 0, 1);
  const [p, q] = [candidate.good / candidate.calls, baseline.good / baseline.calls];
  const [pLow, pHigh] = scoreInterval(candidate.good, candidate.calls, z);
  const [qLow, qHigh] = scoreInterval(baseline.good, baseline.calls, z);
  const change = p - q;
  const interval: [number, number] = [
    change - Math.hypot(p - pLow, qHigh - q),
    change + Math.hypot(pHigh - p, q - qLow),
  ];
  return {
    baseline: q,
    candidate: p,
    change,
    interval,
    isSettled: interval[1] < -margin || interval[0] > -margin,
    rounds,
    verdict: verdictOf(interval, margin, "less-is-worse"),
  };
}

function nothingOf(rounds: number): Difference {
  const none = { baseline: null, candidate: null, change: null, interval: null };
  return { ...none, isSettled: false, rounds, verdict: "undecided" };
}

function verdictOf(
  [low, high]: [number, number],
  margin: number,
  sense: "more-is-worse" | "less-is-worse",
): GateDifference["verdict"] {
  if (low <= 0 && high >= 0) return "none";
  const isWorse = sense === "more-is-worse" ? low > 0 : high < 0;
  if (!isWorse) return "better";
  const isBeyond = sense === "more-is-worse" ? low > margin : high < -margin;
  return isBeyond ? "worse" : "within";
}

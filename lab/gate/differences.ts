import {
  type CellResult,
  DIFFERENCE_METRICS,
  type DifferenceMetric,
  type GateDifference,
  type GateFacts,
  type GateRound,
  type GateSideFacts,
  type ToldFinding,
} from "../model/gate.ts";
import { type Difference, pairedRatio, shareDifference } from "../statistics/paired-difference.ts";
import { isGoodCall } from "./cell-results.ts";
import { errorShares } from "./error-shares.ts";
import { placeOf } from "./place-findings.ts";

/** Candidate against baseline, metric by metric; nothing without a baseline. */
export function gateDifferences(
  { sides, rounds, profile, cells }: GateFacts,
  results: readonly CellResult[],
): GateDifference[] {
  const { candidate, baseline } = sides;
  if (!candidate || !baseline) return [];
  const { limits } = profile;
  // What was bad before is called more often in the one than in the other, and would tell of that.
  const compared = new Set(results.filter(({ verdict }) => verdict !== "already_there").map(({ id }) => id));
  const { fail } = errorShares(limits, cells.length, true);
  // Only one end of the interval fails a gate.
  const confidence = 1 - 2 * fail;
  const ratio = (of: (round: GateRound) => number | null): Difference =>
    pairedRatio(pairsOf(rounds, of), limits.margin, confidence);
  const shareMargin = limits.successRate.good - limits.successRate.bad;
  const made: Record<DifferenceMetric, { unit: string; margin: number; difference: Difference }> = {
    success: {
      unit: "share",
      margin: shareMargin,
      difference: shareDifference(
        {
          candidate: goodOf(candidate, compared, limits.connectTimeMs),
          baseline: goodOf(baseline, compared, limits.connectTimeMs),
        },
        new Set(rounds.map(({ round }) => round)).size,
        shareMargin,
        confidence,
      ),
    },
    connect_time: { unit: "ms", margin: limits.margin, difference: ratio(({ connectTimeMs }) => connectTimeMs) },
    cpu_per_call: { unit: "ms", margin: limits.margin, difference: ratio(cpuOf) },
    memory_per_allocation: {
      unit: "bytes",
      margin: limits.margin,
      difference: pairedRatio(memoryPairs(candidate, baseline), limits.margin, confidence, PAGE_NOISE),
    },
    delivery: {
      unit: "share",
      margin: limits.margin,
      // A share of nearly all is compared by what arrives: a candidate's half is worse by half.
      difference: inverted(pairedRatio(swapped(pairsOf(rounds, deliveryOf)), limits.margin, confidence)),
    },
  };
  // Where nothing worked before, there is no share to compare.
  const told = Object.entries(made).filter(([metric]) => metric !== "success" || compared.size > 0);
  return told.map(([metric, { unit, margin, difference }]) => ({
    metric: metric as DifferenceMetric,
    unit,
    ...difference,
    confidence,
    margin,
  }));
}

/** A metric that became worse than the margin allows. */
export function differenceFindings(differences: readonly GateDifference[], candidate: GateSideFacts): ToldFinding[] {
  return differences
    .filter(({ verdict }) => verdict === "worse")
    .map(({ metric, baseline, candidate: own, unit, interval, margin, rounds }): ToldFinding => {
      const what = `${DIFFERENCE_METRICS[metric]}: ${numberOf(own, unit)}, and ${numberOf(baseline, unit)} with the baseline`;
      const [low, high] = (interval ?? [0, 0]).map((end) => `${(end * 100).toFixed(0)} %`);
      return {
        key: `calls difference ${metric}`,
        layer: "calls",
        rule: `difference-${metric.replaceAll("_", "-")}`,
        severity: "error",
        verdict: "fails",
        place: placeOf(candidate, null),
        option: null,
        affects:
          metric === "cpu_per_call" || metric === "memory_per_allocation" ? "whoever runs the server" : "all users",
        what,
        reason: `The difference lies between ${low} and ${high}, beyond the margin of ${(margin * 100).toFixed(0)} %.`,
        fix: null,
        evidence: [`${rounds} rounds side by side`],
      };
    });
}

/** Step by step: the same number of allocations was there before. */
function memoryPairs({ memoryPerAllocation: own }: GateSideFacts, { memoryPerAllocation: other }: GateSideFacts) {
  return own.flatMap((candidate, step) => {
    const baseline = other[step];
    return baseline === undefined ? [] : [{ candidate, baseline }];
  });
}

function pairsOf(rounds: readonly GateRound[], of: (round: GateRound) => number | null) {
  return [...Map.groupBy(rounds, ({ round }) => round).values()].flatMap((sides) => {
    const [candidate, baseline] = (["candidate", "baseline"] as const).map((side) => {
      const found = sides.find((round) => round.side === side);
      return found ? of(found) : null;
    });
    return candidate == null || baseline == null ? [] : [{ candidate, baseline }];
  });
}

/** Memory comes in pages, of which one more or less is a few per cent of a step. */
const PAGE_NOISE = 0.05;

/** What is below the counter's resolution is that much: a difference of it would be none of the server's. */
const LEAST_CPU_MS = 0.1;
const cpuOf = ({ cpuPerCallMs }: GateRound) => (cpuPerCallMs === null ? null : Math.max(cpuPerCallMs, LEAST_CPU_MS));

/** Nothing at all has no logarithm. */
const LEAST_SHARE = 0.001;
const deliveryOf = ({ deliveryShare }: GateRound) =>
  deliveryShare === null ? null : Math.max(deliveryShare, LEAST_SHARE);

const swapped = (pairs: readonly { candidate: number; baseline: number }[]) =>
  pairs.map(({ candidate, baseline }) => ({ candidate: baseline, baseline: candidate }));

/** Baseline over candidate is how much more used to arrive; told as how much less arrives now. */
function inverted({ change, interval, baseline, candidate, ...rest }: Difference): Difference {
  const less = (more: number) => 1 / (1 + more) - 1;
  return {
    ...rest,
    baseline: candidate,
    candidate: baseline,
    change: change === null ? null : less(change),
    interval: interval === null ? null : [less(interval[1]), less(interval[0])],
  };
}

function goodOf({ calls }: GateSideFacts, compared: ReadonlySet<string>, limitMs: number) {
  const own = calls.filter(({ cell }) => compared.has(cell));
  return { calls: own.length, good: own.filter((call) => isGoodCall(call, limitMs)).length };
}

function numberOf(value: number | null, unit: string): string {
  if (value === null) return "nothing measured";
  if (unit === "share") return `${(value * 100).toFixed(1)} %`;
  return `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit}`;
}

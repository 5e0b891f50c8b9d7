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
import type { GateLimits } from "../model/gate-profile.ts";
import { type Difference, pairedRatio, type Shares, shareDifference } from "../statistics/paired-difference.ts";
import { isCounted } from "./cell-findings.ts";
import { isGoodCall } from "./cell-results.ts";
import { errorShares } from "./error-shares.ts";
import { lookAt } from "./load-looks.ts";
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
  const compared = new Set(results.filter((cell) => isCompared(cell, profile)).map(({ id }) => id));
  const { fail } = errorShares(limits, cells.length, true);
  // Only one end of the interval fails a gate.
  const confidence = 1 - 2 * fail;
  const shareMargin = limits.successRate.good - limits.successRate.bad;
  const made: Record<DifferenceMetric, Made> = {
    success: {
      unit: "share",
      margin: shareMargin,
      difference: shareDifference(
        pairedShares(candidate, baseline, compared, limits.connectTimeMs),
        new Set(rounds.map(({ round }) => round)).size,
        shareMargin,
        confidence,
      ),
      confidence,
    },
    memory_per_allocation: {
      unit: "bytes",
      margin: limits.margin,
      difference: pairedRatio(memoryPairs(candidate, baseline), limits.margin, confidence, PAGE_NOISE),
      confidence,
    },
    ...loadDifferences(rounds, limits.margin, fail),
  };
  // Where nothing worked before, there is no share to compare.
  return METRICS.filter((metric) => metric !== "success" || compared.size > 0).map((metric) => {
    const { unit, margin, difference, confidence: own } = made[metric];
    return { metric, unit, ...difference, confidence: own, margin };
  });
}

type Made = { unit: string; margin: number; difference: Difference; confidence: number };
const METRICS = Object.keys(DIFFERENCE_METRICS) as DifferenceMetric[];

/** What pairs of loads say, by the latest look at them; `fail`: the error rate of each metric. */
function loadDifferences(rounds: readonly GateRound[], margin: number, fail: number) {
  const of = (unit: string, figure: (round: GateRound) => number | null, compare = pairedRatio): Made => {
    const pairs = pairsOf(rounds, figure);
    const look = lookAt(pairs.length);
    const confidence = 1 - 2 * fail * (look?.share ?? 1);
    return { unit, margin, confidence, difference: compare(pairs.slice(0, look?.pairs), margin, confidence) };
  };
  return {
    connect_time: of("ms", ({ connectTimeMs }) => connectTimeMs),
    cpu_per_call: of("ms", cpuOf),
    // A share of nearly all is compared by what arrives: a candidate's half is worse by half.
    delivery: of("share", deliveryOf, (pairs, ...more) => inverted(pairedRatio(swapped(pairs), ...more))),
  };
}

/** Whether further pairs of loads could settle what these leave open: not where one has become worse for certain. */
export function areLoadsOpen(rounds: readonly GateRound[], { limits, cells }: { limits: GateLimits; cells: number }) {
  const { fail } = errorShares(limits, cells, true);
  const made = Object.values(loadDifferences(rounds, limits.margin, fail)).map(({ difference }) => difference);
  return made.every(({ verdict }) => verdict !== "worse") && made.some(({ isSettled }) => !isSettled);
}

/**
 * What a profile lets fail is no fault either where it shows as a share; and calls of which nobody can say yet whether they are
 * worse, as on a machine that is too busy for either side, say it in no sum either.
 */
function isCompared(cell: CellResult, profile: GateFacts["profile"]): boolean {
  return cell.verdict === "passed" || (cell.verdict === "failed" && isCounted(cell, profile));
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

/** Of each cell as many calls of the one as of the other: else a cell that is worse on both sides would weigh more in one of them. */
function pairedShares(
  candidate: GateSideFacts,
  baseline: GateSideFacts,
  compared: ReadonlySet<string>,
  limitMs: number,
): Shares {
  const [own, other] = [candidate, baseline].map(({ calls }) => Map.groupBy(calls, ({ cell }) => cell));
  const pairs = [...compared].map((cell) => {
    const [a, b] = [own?.get(cell) ?? [], other?.get(cell) ?? []];
    const count = Math.min(a.length, b.length);
    return { candidate: a.slice(0, count), baseline: b.slice(0, count) };
  });
  const tally = (side: "candidate" | "baseline") => {
    const calls = pairs.flatMap((pair) => pair[side]);
    return { calls: calls.length, good: calls.filter((call) => isGoodCall(call, limitMs)).length };
  };
  return { candidate: tally("candidate"), baseline: tally("baseline") };
}

function numberOf(value: number | null, unit: string): string {
  if (value === null) return "nothing measured";
  if (unit === "share") return `${(value * 100).toFixed(1)} %`;
  return `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit}`;
}

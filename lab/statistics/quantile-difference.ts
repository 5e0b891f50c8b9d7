import jStat from "jstat";
import { type Distribution, quantileOf, valueAtRank } from "./distribution.ts";

/**
 * The interval of quantile `p` (0 to 1) between two order statistics (David and Nagaraja 2003, section 7.1): whatever the samples are
 * distributed like, it holds with at least that confidence. Null where there are too few samples for one of its ends.
 */
export function quantileInterval(distribution: Distribution, p: number, confidence = 0.95): [number, number] | null {
  const { count } = distribution;
  const tail = (1 - confidence) / 2;
  // The quantile lies below the sample of rank r with the probability of fewer than r samples below it.
  const low = firstRank(count, (rank) => jStat.binomial.cdf(rank, count, p) > tail);
  const high = firstRank(count, (rank) => jStat.binomial.cdf(rank, count, p) >= 1 - tail) + 1;
  if (low < 1 || high > count) return null;
  return [valueAtRank(distribution, low), valueAtRank(distribution, high)];
}

/** The smallest of 0 to `count` that is so; what is so of one is so of all above it. */
function firstRank(count: number, isSo: (rank: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isSo(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many samples it takes until the interval of quantile `p` has both ends. */
export function leastSamples(p: number, confidence = 0.95): number {
  const tail = (1 - confidence) / 2;
  return Math.ceil(Math.log(tail) / Math.log(Math.max(p, 1 - p)));
}

/**
 * By how much a quantile of the second samples is above that of the first, with an interval made of both intervals as Newcombe's is of
 * shares (Zou and Donner 2008). The samples of each are independent of each other. Null without samples; the interval is null with too few.
 */
export function quantileDifference(
  before: Distribution,
  after: Distribution,
  p: number,
  confidence = 0.95,
): { difference: number; interval: [number, number] | null } | null {
  const [from, to] = [quantileOf(before, p), quantileOf(after, p)];
  if (from === null || to === null) return null;
  const difference = to - from;
  const [first, second] = [before, after].map((one) => quantileInterval(one, p, confidence));
  if (!first || !second) return { difference, interval: null };
  return {
    difference,
    interval: [
      difference - Math.hypot(to - second[0], first[1] - from),
      difference + Math.hypot(second[1] - to, from - first[0]),
    ],
  };
}

import { histogramValues } from "./histogram.ts";
import { sorted } from "./statistics.ts";

/** Samples in ascending order, equal ones together: `upTo[i]` of them are at most `values[i]`. */
export type Distribution = { values: readonly number[]; upTo: readonly number[]; count: number };

/** Of single samples, and of HdrHistograms of microseconds, whose values are in ms. */
export function distributionOf(samples: readonly number[], histograms: readonly string[] = []): Distribution {
  const times = new Map<number, number>();
  for (const value of samples) times.set(value, (times.get(value) ?? 0) + 1);
  for (const { value, times: more } of histograms.flatMap(histogramValues))
    times.set(value, (times.get(value) ?? 0) + more);
  const values = sorted([...times.keys()]);
  let count = 0;
  const upTo = values.map((value) => {
    count += times.get(value) ?? 0;
    return count;
  });
  return { values, upTo, count };
}

/** The sample of this rank, from 1 to the count on. */
export function valueAtRank({ values, upTo }: Distribution, rank: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((upTo[middle] ?? 0) >= rank) high = middle;
    else low = middle + 1;
  }
  return values[low] ?? Number.NaN;
}

/** Quantile `p` (0 to 1), interpolated at rank p (n - 1) as percentiles are elsewhere; null without samples. */
export function quantileOf(distribution: Distribution, p: number): number | null {
  const { count } = distribution;
  if (count === 0) return null;
  const rank = p * (count - 1);
  const low = valueAtRank(distribution, Math.floor(rank) + 1);
  const high = valueAtRank(distribution, Math.ceil(rank) + 1);
  return low + (high - low) * (rank - Math.floor(rank));
}

import { mean, quantileSorted } from "simple-statistics";
import type { Statistics } from "../model/metrics.ts";
import { scoreInterval } from "./score-interval.ts";

/** Values in ascending order, which percentiles are taken from. */
export function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/**
 * The percentile (0 to 100) of ascending values, null when there are none. Linear interpolation between the two
 * neighbours of rank p (n - 1), as k6 does (k6: metrics/sink.go, TrendSink.P) and simple-statistics does too.
 */
export function percentile(ascending: readonly number[], percent: number): number | null {
  return ascending.length === 0 ? null : quantileSorted(ascending as number[], percent / 100);
}

/** The arithmetic mean, null when there are no values. */
export function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values as number[]);
}

/** Statistics of a series in `unit`; every value is null when the series is empty. */
export function statistics(values: readonly number[], unit: string): Statistics {
  const ascending = sorted(values);
  return {
    unit,
    count: ascending.length,
    min: ascending[0] ?? null,
    avg: average(ascending),
    med: percentile(ascending, 50),
    "p(90)": percentile(ascending, 90),
    "p(95)": percentile(ascending, 95),
    "p(99)": percentile(ascending, 99),
    max: ascending.at(-1) ?? null,
  };
}

/** The 95 % Wilson score interval of a share, null when n is 0. */
export function wilson(successes: number, n: number): [number, number] | null {
  return n === 0 ? null : scoreInterval(successes, n);
}

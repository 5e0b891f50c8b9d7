import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
  JsHistogram,
} from "hdr-histogram-js";
import type { Statistics } from "../model/metrics.ts";
import type { Aggregation } from "../model/thresholds.ts";

const EMPTY: Omit<Statistics, "unit" | "count"> = {
  min: null,
  avg: null,
  med: null,
  "p(90)": null,
  "p(95)": null,
  "p(99)": null,
  max: null,
};
const MICROSECONDS = 1_000;

/**
 * Statistics in ms of several HdrHistograms of microseconds together, each in the V2 base64 that a generator writes; null is one without
 * values. Percentiles are those of the histogram, exact to three significant digits. `values`: further ones, in ms.
 */
export function histogramStatistics(encoded: readonly (string | null)[], values: readonly number[] = []): Statistics {
  const all = mergeHistograms(encoded, values);
  const count = all.totalCount;
  if (count === 0) return { unit: "ms", count, ...EMPTY };
  const at = (percent: number) => all.getValueAtPercentile(percent) / MICROSECONDS;
  return {
    unit: "ms",
    count,
    min: all.minNonZeroValue / MICROSECONDS,
    avg: all.mean / MICROSECONDS,
    med: at(50),
    "p(90)": at(90),
    "p(95)": at(95),
    "p(99)": at(99),
    // As percentiles have it, the top of its bucket: else it could be less than they are.
    max: at(100),
  };
}

/** What a threshold looks at, in ms; null without values. */
export function aggregateHistograms(
  encoded: readonly (string | null)[],
  values: readonly number[],
  aggregation: Aggregation,
): number | null {
  const all = mergeHistograms(encoded, values);
  if (all.totalCount === 0) return null;
  switch (aggregation.kind) {
    case "min":
      return all.minNonZeroValue / MICROSECONDS;
    case "max":
      return all.getValueAtPercentile(100) / MICROSECONDS;
    case "avg":
      return all.mean / MICROSECONDS;
    case "med":
      return all.getValueAtPercentile(50) / MICROSECONDS;
    case "percentile":
      return all.getValueAtPercentile(aggregation.percentile) / MICROSECONDS;
    default:
      throw new TypeError(`a trend has no ${aggregation.kind}`);
  }
}

/** Several as one, encoded as they were; null without values. */
export function addHistograms(encoded: readonly (string | null)[]): string | null {
  const all = mergeHistograms(encoded, []);
  return all.totalCount === 0 ? null : encodeIntoCompressedBase64(all);
}

/** Its values in ms, ascending, each with how often it was recorded. */
export function histogramValues(encoded: string): { value: number; times: number }[] {
  const histogram = decodeFromCompressedBase64(encoded, 64, false);
  if (!(histogram instanceof JsHistogram)) throw new TypeError("expected a histogram in plain memory");
  const values: { value: number; times: number }[] = [];
  const iterator = histogram.recordedValuesIterator;
  iterator.reset();
  while (iterator.hasNext()) {
    const { valueIteratedTo, countAddedInThisIterationStep } = iterator.next();
    values.push({ value: valueIteratedTo / MICROSECONDS, times: countAddedInThisIterationStep });
  }
  return values;
}

function mergeHistograms(encoded: readonly (string | null)[], values: readonly number[]): Histogram {
  const all = build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3, useWebAssembly: false });
  for (const one of encoded) if (one !== null) all.add(decodeFromCompressedBase64(one, 64, false));
  for (const value of values) all.recordValue(Math.round(value * MICROSECONDS));
  return all;
}

import { build, decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { Statistics } from "../model/metrics.ts";

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
 * values. Percentiles are those of the histogram, exact to three significant digits.
 */
export function histogramStatistics(encoded: readonly (string | null)[]): Statistics {
  const all = mergeHistograms(encoded);
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
    max: all.maxValue / MICROSECONDS,
  };
}

function mergeHistograms(encoded: readonly (string | null)[]): Histogram {
  const all = build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3, useWebAssembly: false });
  for (const one of encoded) if (one !== null) all.add(decodeFromCompressedBase64(one, 64, false));
  return all;
}

import type { Statistics, TrendName } from "../lab/model/metrics.ts";
import { METRICS } from "../lab/model/metrics.ts";
import { histogramStatistics } from "../lab/statistics/histogram.ts";
import { statistics } from "../lab/statistics/statistics.ts";
import type { Samples } from "./samples.ts";

/** Of all samples of a trend; of histograms exact to three significant digits. */
export function trendStatistics(name: TrendName, { trends, histograms }: Samples): Statistics {
  const encoded = histograms?.[name] ?? [];
  return encoded.length > 0 ? histogramStatistics(encoded, trends[name]) : statistics(trends[name], METRICS[name].unit);
}

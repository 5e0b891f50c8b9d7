import type { CounterName, RateName, TrendName } from "../lab/model/metrics.ts";
import { METRICS } from "../lab/model/metrics.ts";
import type { ScenarioSummary, SubmetricSummary } from "../lab/model/summary.ts";
import type { MetricKey } from "../lab/model/tags.ts";
import type { SamplesOf } from "./evaluate-thresholds.ts";
import { trendStatistics } from "./trend-statistics.ts";

/** What there is of each sub-metric, by its name as it was written. */
export function summarizeSubMetrics(keys: readonly MetricKey[], samplesOf: SamplesOf): ScenarioSummary["submetrics"] {
  return Object.fromEntries(keys.map((key) => [key.name, summarize(key, samplesOf)]));
}

function summarize(key: MetricKey, samplesOf: SamplesOf): SubmetricSummary {
  const { metric, tags } = key;
  const { type } = METRICS[metric];
  const samples = samplesOf(key);
  const { rates, counters } = samples;
  switch (type) {
    case "trend":
      return { metric, tags, type, statistics: trendStatistics(metric as TrendName, samples) };
    case "rate": {
      const { hits, total } = rates[metric as RateName];
      return { metric, tags, type, value: total === 0 ? null : hits / total, hits, total };
    }
    case "counter":
      return { metric, tags, type, count: counters[metric as CounterName] };
  }
}

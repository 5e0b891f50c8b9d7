import type { AllocationScenario } from "../lab/model/allocation-load.ts";
import type { CounterName, MetricName, RateName, TrendName } from "../lab/model/metrics.ts";
import { METRICS } from "../lab/model/metrics.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import type { ThresholdResult } from "../lab/model/summary.ts";
import type { MetricKey } from "../lab/model/tags.ts";
import { metricKey } from "../lab/model/tags.ts";
import type { Aggregation, OneThreshold, Threshold, ThresholdKey } from "../lab/model/thresholds.ts";
import {
  ALLOCATION_THRESHOLDS,
  abortOf,
  DEFAULT_THRESHOLDS,
  expressionOf,
  parseThreshold,
  satisfies,
} from "../lab/model/thresholds.ts";
import { aggregateHistograms } from "../lab/statistics/histogram.ts";
import { average, percentile, sorted } from "../lab/statistics/statistics.ts";
import type { Samples, Wanted } from "./samples.ts";

/** What a scenario's thresholds look at: at least the samples of this metric with these tags. */
export type SamplesOf = (wanted: Wanted) => Samples;

export type Judged = Pick<Scenario, "thresholds" | "expectedPath" | "expectedFailure"> | AllocationScenario;

/** Judges every threshold that applies to the scenario. Throws on one that the scenario check refuses. */
export function evaluateThresholds(scenario: Judged, samplesOf: SamplesOf): ThresholdResult[] {
  return judgeThresholds(scenario, samplesOf).map(({ result }) => result);
}

/** The same, each beside what it was made of. */
export function judgeThresholds(
  scenario: Judged,
  samplesOf: SamplesOf,
): { key: MetricKey; given: OneThreshold; result: ThresholdResult }[] {
  return applicableThresholds(scenario).map((applicable) => {
    const { key, given } = applicable;
    return { key, given, result: judge(applicable, samplesOf(key)) };
  });
}

/** Whether a scenario has a threshold that may end its load. */
export function mayAbort(scenario: Judged): boolean {
  return applicableThresholds(scenario).some(({ abort }) => abort !== null);
}

/** The first threshold that ends a load by now, `sinceMs` after its beginning; null where none does. */
export function abortingThreshold(scenario: Judged, samplesOf: SamplesOf, sinceMs: number): ThresholdResult | null {
  const results = applicableThresholds(scenario)
    .filter(({ abort }) => abort !== null && sinceMs >= abort.fromMs)
    .map((applicable) => judge(applicable, samplesOf(applicable.key)));
  return results.find(({ verdict }) => verdict === "failed") ?? null;
}

/** The sub-metrics that a scenario's thresholds name, each once. */
export function subMetricsOf({ thresholds = {} }: Judged): MetricKey[] {
  return Object.keys(thresholds)
    .map(metricKey)
    .filter(({ tags }) => Object.keys(tags).length > 0);
}

function judge({ key, threshold }: Applicable, samples: Samples): ThresholdResult {
  const observed = observe(key.metric, threshold.aggregation, samples);
  const verdict = observed === null ? "no_data" : satisfies(threshold, observed) ? "passed" : "failed";
  return { metric: key.name as ThresholdKey, expression: threshold.expression, observed, verdict };
}

type Applicable = { key: MetricKey; given: OneThreshold; threshold: Threshold; abort: ReturnType<typeof abortOf> };

/** The scenario's own thresholds, and the defaults of each metric that it sets none for; a sub-metric's stand in for none. */
function applicableThresholds(scenario: Judged): Applicable[] {
  const own: Readonly<Record<string, readonly OneThreshold[] | undefined>> = scenario.thresholds ?? {};
  const defaults = defaultsOf(scenario);
  const keys = subMetricsOf(scenario);
  return (Object.keys(METRICS) as MetricName[]).flatMap((metric) => {
    const whole = { name: metric, metric, tags: {} };
    return [whole, ...keys.filter((key) => key.metric === metric)].flatMap((key) => {
      const expressions = own[key.name]?.length ? own[key.name] : key === whole ? defaults[metric] : undefined;
      return (expressions ?? []).map((given) => {
        const threshold = parseThreshold(metric, expressionOf(given));
        if ("error" in threshold) throw new TypeError(`thresholds.${key.name}: ${threshold.error}`);
        return { key, given, threshold, abort: abortOf(given) };
      });
    });
  });
}

/**
 * Where nothing may connect, a rate of connections and a time to connect have no sense; where every session must be dropped,
 * the rate of those that were not.
 */
function defaultsOf(judged: Judged): Partial<Record<MetricName, readonly string[]>> {
  if ("allocation" in judged) return allocationDefaults(judged);
  const { expectedPath, expectedFailure } = judged;
  if (expectedPath === "none") return {};
  const { session_success: _, ...others } = DEFAULT_THRESHOLDS;
  return expectedFailure === undefined ? DEFAULT_THRESHOLDS : others;
}

/** Where no packets are to be sent, none can be late or lost. */
function allocationDefaults({ allocation }: AllocationScenario): Partial<Record<MetricName, readonly string[]>> {
  const { packets_on_time: _, packet_delivery: __, ...others } = ALLOCATION_THRESHOLDS;
  return allocation.traffic === undefined ? others : ALLOCATION_THRESHOLDS;
}

function observe(metric: MetricName, aggregation: Aggregation, samples: Samples): number | null {
  switch (METRICS[metric].type) {
    case "rate": {
      const { hits, total } = samples.rates[metric as RateName];
      return total === 0 ? null : hits / total;
    }
    case "counter":
      return samples.counters[metric as CounterName];
    case "trend":
      return observeTrend(metric as TrendName, aggregation, samples);
  }
}

function observeTrend(metric: TrendName, aggregation: Aggregation, samples: Samples): number | null {
  const values = samples.trends[metric];
  const histograms = samples.histograms?.[metric] ?? [];
  if (histograms.length > 0) return aggregateHistograms(histograms, values, aggregation);
  const ascending = sorted(values);
  switch (aggregation.kind) {
    case "min":
      return percentile(ascending, 0);
    case "max":
      return percentile(ascending, 100);
    case "med":
      return percentile(ascending, 50);
    case "percentile":
      return percentile(ascending, aggregation.percentile);
    case "avg":
      return average(ascending);
    default:
      throw new TypeError(`a trend has no ${aggregation.kind}`);
  }
}

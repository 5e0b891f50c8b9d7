import type { CounterName, MetricName, RateName, TrendName } from "../lab/model/metrics.ts";
import { METRICS } from "../lab/model/metrics.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import type { ThresholdResult } from "../lab/model/summary.ts";
import type { Aggregation, OneThreshold, Threshold } from "../lab/model/thresholds.ts";
import { abortOf, DEFAULT_THRESHOLDS, expressionOf, parseThreshold, satisfies } from "../lab/model/thresholds.ts";
import { average, percentile, sorted } from "../lab/statistics/statistics.ts";
import type { Samples } from "./samples.ts";

/** Judges every threshold that applies to the scenario. Throws on an expression that the scenario check refuses. */
export function evaluateThresholds(scenario: Scenario, samples: Samples): ThresholdResult[] {
  return applicableThresholds(scenario).map((applicable) => judge(applicable, samples));
}

/** The first threshold that ends a load by now, `sinceMs` after its beginning; null where none does. */
export function abortingThreshold(scenario: Scenario, samples: Samples, sinceMs: number): ThresholdResult | null {
  const results = applicableThresholds(scenario)
    .filter(({ abort }) => abort !== null && sinceMs >= abort.fromMs)
    .map((applicable) => judge(applicable, samples));
  return results.find(({ verdict }) => verdict === "failed") ?? null;
}

function judge({ metric, threshold }: Applicable, samples: Samples): ThresholdResult {
  const observed = observe(metric, threshold.aggregation, samples);
  const verdict = observed === null ? "no_data" : satisfies(threshold, observed) ? "passed" : "failed";
  return { metric, expression: threshold.expression, observed, verdict };
}

type Applicable = { metric: MetricName; threshold: Threshold; abort: ReturnType<typeof abortOf> };

/** The scenario's own thresholds, and the defaults of each metric that it sets none for. */
function applicableThresholds(scenario: Scenario): Applicable[] {
  const own: Partial<Record<MetricName, readonly OneThreshold[]>> = scenario.thresholds ?? {};
  const defaults = defaultsOf(scenario);
  return (Object.keys(METRICS) as MetricName[]).flatMap((metric) => {
    const expressions = own[metric]?.length ? own[metric] : (defaults[metric] ?? []);
    return expressions.map((given) => {
      const threshold = parseThreshold(metric, expressionOf(given));
      if ("error" in threshold) throw new TypeError(`thresholds.${metric}: ${threshold.error}`);
      return { metric, threshold, abort: abortOf(given) };
    });
  });
}

/**
 * Where nothing may connect, a rate of connections and a time to connect have no sense; where every session must be dropped,
 * the rate of those that were not.
 */
function defaultsOf({ expectedPath, expectedFailure }: Scenario): Partial<Record<MetricName, readonly string[]>> {
  if (expectedPath === "none") return {};
  const { session_success: _, ...others } = DEFAULT_THRESHOLDS;
  return expectedFailure === undefined ? DEFAULT_THRESHOLDS : others;
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
      return observeTrend(samples.trends[metric as TrendName], aggregation);
  }
}

function observeTrend(values: readonly number[], aggregation: Aggregation): number | null {
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

import type { RunEvent } from "../../lab/model/events.ts";
import { expressionOf, type OneThreshold, parseThreshold, satisfies } from "../../lab/model/thresholds.ts";
import { average, percentile, sorted } from "../../lab/statistics/statistics.ts";
import { type ExportedMetric, exportedMetrics, K6_METRICS, type Sample, samplesOf } from "./metrics.ts";

/** Those that k6 shows unless told otherwise (k6: lib/options, `summaryTrendStats`). */
const TREND_STATS = ["avg", "min", "med", "max", "p(90)", "p(95)"] as const;

/**
 * What k6 hands to `handleSummary` (k6: js/summary.go, the `legacy` shape that `--summary-export` has too), as JSON. Thresholds of
 * a metric are judged over all scenarios together, as in k6. Pure.
 */
export function renderK6Summary(events: readonly RunEvent[]): string {
  const samples = samplesOf(events);
  const byMetric = Map.groupBy(samples, ({ metric }) => metric);
  const started = events.find((event) => event.type === "run_started");
  const finished = events.find((event) => event.type === "run_finished");
  const durationMs = finished?.durationMs ?? (events.at(-1)?.at ?? 0) - (started?.at ?? 0);
  const metrics = exportedMetrics(events, samples).map((metric) => {
    const values = (byMetric.get(metric.name) ?? []).map(({ value }) => value);
    const stats = valuesOf(metric, values, durationMs);
    const judged = metric.thresholds.map((threshold) => [
      expressionOf(threshold),
      { ok: holds(metric, threshold, values) },
    ]);
    const thresholds = judged.length > 0 ? { thresholds: Object.fromEntries(judged) } : {};
    return [metric.name, { type: metric.type, contains: metric.contains, values: stats, ...thresholds }];
  });
  return `${JSON.stringify(
    {
      root_group: { name: "", path: "", id: "d41d8cd98f00b204e9800998ecf8427e", groups: [], checks: [] },
      options: { summaryTrendStats: TREND_STATS, summaryTimeUnit: "", noColor: false },
      state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: durationMs },
      metrics: Object.fromEntries(metrics),
    },
    null,
    2,
  )}\n`;
}

/** By the kind of metric, as k6 gives them. */
function valuesOf({ type }: ExportedMetric, values: readonly number[], durationMs: number): Record<string, number> {
  switch (type) {
    case "counter": {
      const count = sum(values);
      return { count, rate: durationMs > 0 ? count / (durationMs / 1_000) : 0 };
    }
    case "rate": {
      const passes = values.filter((value) => value !== 0).length;
      return { rate: values.length > 0 ? passes / values.length : 0, passes, fails: values.length - passes };
    }
    case "trend":
      return Object.fromEntries(TREND_STATS.map((stat) => [stat, trendOf(stat, values) ?? 0]));
  }
}

function trendOf(stat: string, values: readonly number[]): number | null {
  if (stat === "avg") return average(values);
  const fixed: Record<string, number> = { min: 0, med: 50, max: 100 };
  const percent = fixed[stat] ?? Number(/^p\((.+)\)$/.exec(stat)?.[1]);
  return percentile(sorted(values), percent);
}

/** No samples hold nothing: a threshold without data is none that is met. */
function holds({ name, type }: ExportedMetric, given: OneThreshold, values: readonly number[]): boolean {
  if (values.length === 0 || name in K6_METRICS) return false;
  const threshold = parseThreshold(name as Exclude<Sample["metric"], keyof typeof K6_METRICS>, expressionOf(given));
  if ("error" in threshold) return false;
  const { aggregation } = threshold;
  const observed =
    type === "counter"
      ? sum(values)
      : type === "rate"
        ? sum(values) / values.length
        : trendOf(aggregation.kind === "percentile" ? `p(${aggregation.percentile})` : aggregation.kind, values);
  return observed !== null && satisfies(threshold, observed);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

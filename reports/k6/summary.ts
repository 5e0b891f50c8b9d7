import type { RunEvent } from "../../lab/model/events.ts";
import type { MetricType } from "../../lab/model/metrics.ts";
import { expressionOf } from "../../lab/model/thresholds.ts";
import { histogramStatistics } from "../../lab/statistics/histogram.ts";
import { average, percentile, sorted } from "../../lab/statistics/statistics.ts";
import type { TaggedHistogram } from "../allocation-samples.ts";
import { type ExportedMetric, type ExportedThreshold, exportedMetrics, type Sample, samplesOf } from "./metrics.ts";

/** Those that k6 shows unless told otherwise, and how many samples they are of: it gives 0 where there were none. */
const TREND_STATS = ["avg", "min", "med", "max", "p(90)", "p(95)", "count"] as const;

/** k6's root group has the MD5 of its name, which is empty (k6: lib/models.go). */
const ROOT_GROUP = { name: "", path: "", id: "d41d8cd98f00b204e9800998ecf8427e" };

type Values = Record<string, number>;
type SummaryMetric = {
  type: MetricType;
  contains: ExportedMetric["contains"];
  values: Values;
  thresholds?: Record<string, { ok: boolean }>;
};

/**
 * What k6 hands to `handleSummary` (k6: internal/js/summary.go, summarizeMetricsToObject), as JSON. Sub-metrics that thresholds
 * name are metrics of their own there. Verdicts are the lab's. Pure.
 */
export function renderK6Summary(events: readonly RunEvent[]): string {
  const durationMs = durationOf(events);
  return json({
    root_group: { ...ROOT_GROUP, groups: [], checks: [] },
    options: { summaryTrendStats: TREND_STATS, summaryTimeUnit: "", noColor: false },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: durationMs },
    metrics: Object.fromEntries(summaryMetrics(events, durationMs)),
  });
}

/**
 * What `k6 run --summary-export` writes (k6: internal/js/summary-wrapper.js, oldJSONSummary): the same with a metric's values at
 * its place. There a threshold is true where it was crossed.
 */
export function renderK6SummaryExport(events: readonly RunEvent[]): string {
  const metrics = summaryMetrics(events, durationOf(events)).map(([name, { type, values, thresholds }]) => {
    const { rate, ...others } = values;
    const crossed = Object.entries(thresholds ?? {}).map(([expression, { ok }]) => [expression, !ok]);
    return [
      name,
      {
        ...(type === "rate" ? { ...others, value: rate } : values),
        ...(crossed.length > 0 ? { thresholds: Object.fromEntries(crossed) } : {}),
      },
    ];
  });
  return json({ root_group: { ...ROOT_GROUP, groups: {}, checks: {} }, metrics: Object.fromEntries(metrics) });
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function durationOf(events: readonly RunEvent[]): number {
  const started = events.find((event) => event.type === "run_started");
  const finished = events.find((event) => event.type === "run_finished");
  return finished?.durationMs ?? (events.at(-1)?.at ?? 0) - (started?.at ?? 0);
}

function summaryMetrics(events: readonly RunEvent[], durationMs: number): [name: string, SummaryMetric][] {
  return exportedMetrics(events, samplesOf(events)).flatMap(({ type, contains, ...metric }) =>
    [metric, ...metric.submetrics].map(({ name, samples, histograms, thresholds }): [string, SummaryMetric] => {
      const judged = thresholds.length > 0 ? { thresholds: Object.fromEntries(thresholds.map(verdictOf)) } : {};
      return [name, { type, contains, values: valuesOf(type, samples, histograms, durationMs), ...judged }];
    }),
  );
}

const verdictOf = ({ given, isMet }: ExportedThreshold) => [expressionOf(given), { ok: isMet }];

/** By the kind of metric, as k6 gives them. */
function valuesOf(
  type: MetricType,
  samples: readonly Sample[],
  histograms: readonly TaggedHistogram[],
  durationMs: number,
): Values {
  const values = samples.map(({ value }) => value);
  switch (type) {
    case "counter": {
      const count = values.reduce((total, value) => total + value, 0);
      return { count, rate: durationMs > 0 ? count / (durationMs / 1_000) : 0 };
    }
    case "rate": {
      const total = samples.reduce((sum, { of = 1 }) => sum + of, 0);
      const passes = samples.reduce((sum, { value, of }) => sum + (of === undefined && value !== 0 ? 1 : value), 0);
      return { rate: total > 0 ? passes / total : 0, passes, fails: total - passes };
    }
    case "trend": {
      if (histograms.length > 0) return trendOf(values, histograms);
      const ascending = sorted(values);
      const at = (percent: number) => percentile(ascending, percent) ?? 0;
      const all: Record<(typeof TREND_STATS)[number], number> = {
        ...{ avg: average(values) ?? 0, min: at(0), med: at(50), max: at(100), "p(90)": at(90), "p(95)": at(95) },
        count: values.length,
      };
      return all;
    }
  }
}

/** Out of histograms: exact to three significant digits. */
function trendOf(values: readonly number[], histograms: readonly TaggedHistogram[]): Values {
  const all = histogramStatistics(
    histograms.map(({ histogram }) => histogram),
    values,
  );
  const given = Object.fromEntries(TREND_STATS.map((stat) => [stat, all[stat] ?? 0]));
  return given satisfies Record<string, number>;
}

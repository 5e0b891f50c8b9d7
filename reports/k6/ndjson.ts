import type { RunEvent } from "../../lab/model/events.ts";
import { expressionOf } from "../../lab/model/thresholds.ts";
import { type ExportedMetric, type ExportedThreshold, exportedMetrics, samplesOf } from "./metrics.ts";
import { pointsOf, samplesOfHistograms } from "./points.ts";

/**
 * A run as `k6 run --out json` writes one (k6: internal/output/json): each metric once, before its first sample, and a line for
 * each sample. Ends with a newline; empty where nothing was measured. Pure.
 */
export function renderK6Ndjson(events: readonly RunEvent[]): string {
  const own = samplesOf(events);
  const metrics = new Map(exportedMetrics(events, own).map((metric) => [metric.name, metric]));
  const many = [...metrics.values()].flatMap(samplesOfHistograms);
  const samples = [...pointsOf(own), ...many].sort((a, b) => a.at - b.at);
  const told = new Set<string>();
  const lines = samples.flatMap(({ metric: name, at, value, tags, metadata }) => {
    const point = {
      metric: name,
      type: "Point",
      data: { time: new Date(at).toISOString(), value, tags, ...(metadata ? { metadata } : {}) },
    };
    const metric = metrics.get(name);
    if (!metric || told.has(name)) return [point];
    told.add(name);
    return [definition(metric), point];
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function definition({ name, type, contains, thresholds, submetrics }: ExportedMetric) {
  const parts = submetrics.map(({ name, suffix, tags }) => ({ name, suffix, tags }));
  return {
    type: "Metric",
    data: { name, type, contains, thresholds: thresholds.map(asConfig), submetrics: parts.length > 0 ? parts : null },
    metric: name,
  };
}

/** One that ends no load is its expression alone (k6: metrics/thresholds.go, thresholdConfig). */
function asConfig({ given }: ExportedThreshold) {
  if (typeof given === "string" || !given.abortOnFail) return expressionOf(given);
  return { threshold: given.threshold, abortOnFail: true, delayAbortEval: given.delayAbortEval ?? null };
}

import type { RunEvent } from "../../lab/model/events.ts";
import { type ExportedMetric, exportedMetrics, samplesOf } from "./metrics.ts";

/**
 * A run as `k6 run --out json` writes one (k6: output/json): each metric once, before its first sample, and a line for each
 * sample. Ends with a newline; empty where nothing was measured. Pure.
 */
export function renderK6Ndjson(events: readonly RunEvent[]): string {
  const samples = samplesOf(events);
  const metrics = new Map(exportedMetrics(events, samples).map((metric) => [metric.name, metric]));
  const told = new Set<string>();
  const lines = samples.flatMap(({ metric: name, at, value, tags }) => {
    const point = {
      metric: name,
      type: "Point",
      data: { time: new Date(at).toISOString(), value, tags },
    };
    const metric = metrics.get(name);
    if (!metric || told.has(name)) return [point];
    told.add(name);
    return [definition(metric), point];
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function definition({ name, type, contains, thresholds }: ExportedMetric) {
  return {
    type: "Metric",
    data: { name, type, contains, thresholds, submetrics: null },
    metric: name,
  };
}

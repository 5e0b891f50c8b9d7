import { type AnyScenario, isGrid } from "../../lab/model/grid.ts";
import { METRICS } from "../../lab/model/metrics.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { metricKey } from "../../lab/model/tags.ts";
import { parseThreshold } from "../../lab/model/thresholds.ts";
import { evaluateThresholds } from "../evaluate-thresholds.ts";
import { collectSamples } from "../samples.ts";
import type { Series } from "./series.ts";

export const RUN_STATUSES = ["running", "passed", "failed", "errored", "interrupted"] as const;
const SCENARIO_STATUSES = ["waiting", "running", "passed", "failed", "no_data", "errored", "skipped"] as const;
const VERDICTS = ["passed", "failed", "no_data"] as const;
const CELL_STATUSES = ["passed", "explained", "failed", "no_data"] as const;

export function setScenarioStatus(series: Series, scenario: string, is: (typeof SCENARIO_STATUSES)[number]): void {
  const all = SCENARIO_STATUSES.map((status) => ({ scenario, status }));
  series.setOne("turnlab_scenario_status", all, ({ status }) => status === is);
}

/** What a scenario has to come to, known before it begins. */
export function addTargets(series: Series, scenario: string, definition: AnyScenario): void {
  if (isGrid(definition)) return;
  const nothing = collectSamples([], { isCompleted: false });
  for (const { metric, expression } of evaluateThresholds(definition, () => nothing)) {
    const { factor, threshold } = read(metric, expression);
    series.set("turnlab_threshold_target", { scenario, metric, expression }, threshold.value * factor);
    const { aggregation, operator, value } = threshold;
    if ((metric === "session_success" || metric === "allocation_success") && operator.startsWith(">"))
      series.set("turnlab_target_success_ratio", { scenario }, value);
    if (metric !== "connect_time" || !operator.startsWith("<")) continue;
    if (aggregation.kind === "percentile" && aggregation.percentile === 95)
      series.set("turnlab_target_connect_time_seconds", { scenario }, value * factor);
  }
}

/** What a scenario came to. */
export function addVerdict(series: Series, summary: ScenarioSummary): void {
  const { name: scenario, status, thresholds, turnServers, cells } = summary;
  setScenarioStatus(series, scenario, status);
  for (const { metric, expression, observed, verdict: is } of thresholds) {
    const of = { scenario, metric, expression };
    const { factor } = read(metric, expression);
    if (observed !== null) series.set("turnlab_threshold_observed", of, observed * factor);
    const all = VERDICTS.map((verdict) => ({ ...of, verdict }));
    series.setOne("turnlab_threshold_verdict", all, ({ verdict }) => verdict === is);
  }
  for (const [server, load] of Object.entries(turnServers)) {
    const of = { scenario, server };
    const cpu = load?.cpuPercent.max ?? null;
    series.set("turnlab_turn_server_cpu_peak_ratio", of, cpu === null ? null : cpu / 100);
    series.set("turnlab_turn_server_memory_peak_bytes", of, load?.memoryBytes.max ?? null);
    series.set("turnlab_turn_server_allocations_peak", of, load?.allocations.max ?? null);
  }
  for (const one of cells === null ? [] : CELL_STATUSES)
    series.set(
      "turnlab_grid_cells",
      { scenario, status: one },
      cells?.filter((cell) => cell.status === one).length ?? 0,
    );
}

/** `factor`: from the unit of the metric to its base unit. */
function read(key: string, expression: string) {
  const { metric } = metricKey(key);
  const threshold = parseThreshold(metric, expression);
  if ("error" in threshold) throw new TypeError(`${key}: ${threshold.error}`);
  return { threshold, factor: METRICS[metric].unit === "ms" ? 1 / 1000 : 1 };
}

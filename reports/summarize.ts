import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { RunStatus, ScenarioStatus, Summary } from "../lab/model/summary.ts";
import { SUMMARY_SCHEMA_VERSION } from "../lab/model/summary.ts";
import type { RunEnd } from "./judge-scenario.ts";
import { summarizeAgreement } from "./summarize-agreement.ts";
import { summarizeScenario } from "./summarize-scenario.ts";
import { summarizeUplink } from "./summarize-uplink.ts";

/** Folds a run's events into its summary; the same events always give the same summary. Throws without a run_started. */
export function summarize(events: readonly RunEvent[]): Summary {
  const started = events.find((event): event is EventOf<"run_started"> => event.type === "run_started");
  if (!started?.engine)
    throw new TypeError("summarize: expected a run_started with an engine among the events, found none");
  const finished = events.find((event): event is EventOf<"run_finished"> => event.type === "run_finished");
  const end: RunEnd = !finished ? "harness_killed" : finished.interrupted ? "interrupted" : "finished";

  const byScenario = groupByScenario(events);
  const names = new Set([...started.scenarios, ...byScenario.keys()]);
  const scenarios = [...names].map((name) => summarizeScenario(name, byScenario.get(name) ?? [], end));
  const { version, kernel, cpus } = started.engine;
  return {
    schemaVersion: SUMMARY_SCHEMA_VERSION,
    runId: started.runId,
    status: judgeRun(
      end,
      scenarios.map((scenario) => scenario.status),
    ),
    startedAt: new Date(started.at).toISOString(),
    durationMs: finished?.durationMs ?? null,
    harness: started.harness,
    engine: { version, kernel, cpus },
    uplink: summarizeUplink(events),
    scenarios,
    agreement: summarizeAgreement(scenarios, byScenario),
  };
}

function groupByScenario(events: readonly RunEvent[]): Map<string, RunEvent[]> {
  const groups = new Map<string, RunEvent[]>();
  for (const event of events) {
    if (!("scenario" in event)) continue;
    const group = groups.get(event.scenario);
    if (group) group.push(event);
    else groups.set(event.scenario, [event]);
  }
  return groups;
}

export function judgeRun(end: RunEnd, statuses: readonly ScenarioStatus[]): RunStatus {
  if (end === "interrupted") return "interrupted";
  if (end === "harness_killed" || statuses.includes("errored")) return "errored";
  if (statuses.includes("failed") || statuses.includes("no_data")) return "failed";
  // A run in which nothing ran proves nothing.
  return statuses.every((status) => status === "skipped") ? "failed" : "passed";
}

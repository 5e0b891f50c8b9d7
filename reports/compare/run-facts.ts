import type { EventOf, EventType, RunEvent } from "../../lab/model/events.ts";
import type { AnyScenario } from "../../lab/model/grid.ts";
import { METRICS, type TrendName } from "../../lab/model/metrics.ts";
import type { ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import { type Distribution, distributionOf } from "../../lab/statistics/distribution.ts";
import { taggedHistograms } from "../allocation-samples.ts";
import { collectSamples } from "../samples.ts";
import { summarize } from "../summarize.ts";
import { taggedSamples } from "../tagged-samples.ts";
import type { Machine } from "./comparison.ts";
import { type ServerLoad, serverLoads } from "./server-load.ts";

/** What is compared of one scenario of a run. */
export type ScenarioFacts = {
  summary: ScenarioSummary;
  /** Null: a summary alone was given, and there are neither samples nor what they were made with. */
  log: {
    times: Record<TrendName, Distribution>;
    definition: AnyScenario | null;
    configs: EventOf<"turn_config_read">[];
    browsers: Record<string, string>;
  } | null;
  loads: Record<string, ServerLoad>;
};

/** What is compared of one run; `name` is what the reader knows it by. */
export type RunFacts = {
  name: string;
  source: "log" | "summary";
  summary: Summary;
  machine: Machine;
  scenarios: Map<string, ScenarioFacts>;
};

/** Of a run's log. Throws TypeError where no engine was started. */
export function factsOfLog(name: string, events: readonly RunEvent[]): RunFacts {
  const summary = summarize(events);
  const byScenario = Map.groupBy(events, (event) => ("scenario" in event ? event.scenario : ""));
  const engine = events.find((event) => event.type === "run_started")?.engine;
  return {
    name,
    source: "log",
    summary,
    machine: {
      cpus: summary.engine.cpus,
      memoryBytes: engine?.memoryBytes ?? null,
      architecture: engine?.architecture ?? null,
    },
    scenarios: new Map(
      summary.scenarios.map((scenario) => [
        scenario.name,
        scenarioFacts(scenario, byScenario.get(scenario.name) ?? []),
      ]),
    ),
  };
}

/** Of summary.json alone: counts and statistics, no samples. */
export function factsOfSummary(name: string, summary: Summary): RunFacts {
  return {
    name,
    source: "summary",
    summary,
    machine: { cpus: summary.engine.cpus, memoryBytes: null, architecture: null },
    scenarios: new Map(
      summary.scenarios.map((scenario) => [
        scenario.name,
        { summary: scenario, log: null, loads: serverLoads(scenario, []) },
      ]),
    ),
  };
}

function scenarioFacts(summary: ScenarioSummary, events: readonly RunEvent[]): ScenarioFacts {
  const all = <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type);
  const { trends, histograms } = collectSamples(taggedSamples(events), {
    isCompleted: true,
    histograms: taggedHistograms(events),
  });
  const names = (Object.keys(METRICS) as TrendName[]).filter((name) => Object.hasOwn(trends, name));
  return {
    summary,
    log: {
      times: Object.fromEntries(
        names.map((name) => [name, distributionOf(trends[name], histograms?.[name])]),
      ) as Record<TrendName, Distribution>,
      definition: all("scenario_started")[0]?.definition ?? null,
      configs: all("turn_config_read"),
      browsers: Object.fromEntries(all("browser_ready").map(({ engine, version }) => [engine, version])),
    },
    loads: serverLoads(summary, all("turn_server_sampled")),
  };
}

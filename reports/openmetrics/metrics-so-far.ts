import type { EventOf, RunEvent } from "../../lab/model/events.ts";
import type { AnyScenario } from "../../lab/model/grid.ts";
import { isAllocations, isGrid } from "../../lab/model/grid.ts";
import type { ScenarioStatus } from "../../lab/model/summary.ts";
import type { RunEnd } from "../judge-scenario.ts";
import { OF_NO_VERDICT } from "../of-no-verdict.ts";
import { judgeRun } from "../summarize.ts";
import { summarizeScenario } from "../summarize-scenario.ts";
import { addClients } from "./client-metrics.ts";
import { exposition, type MetricsFormat } from "./exposition.ts";
import { Series } from "./series.ts";
import { ServerMetrics } from "./server-metrics.ts";
import { SessionMetrics } from "./session-metrics.ts";
import { addTargets, addVerdict, RUN_STATUSES, setScenarioStatus } from "./verdict-metrics.ts";

/** A scenario from its start to its end. */
type UnderWay = { definition: AnyScenario; events: RunEvent[]; isGoingDown: boolean };

/** What a run's events come to as metrics, event by event. Pure: the same events give the same text. */
export class MetricsSoFar {
  readonly #series = new Series();
  readonly #sessions = new SessionMetrics(this.#series);
  readonly #servers = new ServerMetrics(this.#series);
  readonly #underWay = new Map<string, UnderWay>();
  readonly #waiting = new Set<string>();
  readonly #statuses: ScenarioStatus[] = [];
  #isEnded = false;

  add(event: RunEvent): void {
    this.#series.set("turnlab_last_event_timestamp_seconds", {}, event.at / 1000);
    if (event.type === "run_started") return this.#runStarted(event);
    if (event.type === "run_finished") {
      this.#series.set("turnlab_run_end_timestamp_seconds", {}, event.at / 1000);
      return this.#judgeRun(event.interrupted ? "interrupted" : "finished");
    }
    if (!("scenario" in event)) return;
    if (event.type === "scenario_started") this.#scenarioStarted(event);
    const own = this.#underWay.get(event.scenario);
    if (!own) {
      // Never started: an interrupted run, or a lab that could not be built.
      if (event.type === "scenario_finished") this.#judge(event.scenario, [event], "finished");
      return;
    }
    if (!OF_NO_VERDICT.has(event.type)) own.events.push(event);
    this.#sessions.add(event, own.definition);
    this.#servers.add(event);
    this.#addOther(event, own);
    if (event.type === "scenario_finished") this.#judge(event.scenario, own.events, "finished");
  }

  /** Nothing more comes, also where the log has no end: what was under way came to nothing. */
  end(): void {
    if (!this.#isEnded) this.#judgeRun("harness_killed");
  }

  text(format: MetricsFormat): string {
    this.#sessions.derive();
    return exposition(this.#series, format);
  }

  #runStarted({ at, runId, scenarios, harness, engine }: EventOf<"run_started">): void {
    this.#series.info("turnlab_build", { version: harness.turnlab, node: harness.node });
    this.#series.info("turnlab_run", { run: runId });
    if (engine) {
      const { version, kernel, architecture, cgroupVersion: cgroup } = engine;
      this.#series.info("turnlab_engine", { version, kernel, architecture, cgroup });
    }
    this.#series.set("turnlab_run_start_timestamp_seconds", {}, at / 1000);
    this.#setRunStatus("running");
    for (const scenario of scenarios) {
      this.#waiting.add(scenario);
      setScenarioStatus(this.#series, scenario, "waiting");
    }
  }

  #scenarioStarted({ scenario, definition }: EventOf<"scenario_started">): void {
    this.#waiting.delete(scenario);
    this.#underWay.set(scenario, { definition, events: [], isGoingDown: false });
    const kind = isGrid(definition) ? "grid" : isAllocations(definition) ? "clients" : "sessions";
    this.#series.info("turnlab_scenario", { scenario, kind, expects: expectationOf(definition) });
    setScenarioStatus(this.#series, scenario, "running");
    addTargets(this.#series, scenario, definition);
  }

  #addOther(event: RunEvent & { scenario: string }, own: UnderWay): void {
    const { scenario } = event;
    switch (event.type) {
      case "browser_ready": {
        const { peer, engine, version } = event;
        return this.#series.info("turnlab_browser", { scenario, peer, engine, version });
      }
      case "lab_changed":
        return this.#series.add("turnlab_lab_changes", { scenario });
      case "lab_going_down":
      case "lab_down":
        own.isGoingDown = true;
        return;
      case "container_died":
        if (!own.isGoingDown) this.#series.add("turnlab_container_deaths", { scenario, node: event.node });
        return;
      case "allocations_measured":
        if (isAllocations(own.definition)) addClients(this.#series, event, own.definition.allocation.over);
    }
  }

  #judge(scenario: string, events: readonly RunEvent[], end: RunEnd): void {
    this.#underWay.delete(scenario);
    this.#waiting.delete(scenario);
    const summary = summarizeScenario(scenario, events, end);
    this.#statuses.push(summary.status);
    addVerdict(this.#series, summary);
  }

  #judgeRun(end: RunEnd): void {
    this.#isEnded = true;
    for (const [scenario, { events }] of this.#underWay) this.#judge(scenario, events, end);
    for (const scenario of this.#waiting) this.#judge(scenario, [], end);
    this.#setRunStatus(judgeRun(end, this.#statuses));
  }

  #setRunStatus(is: (typeof RUN_STATUSES)[number]): void {
    const all = RUN_STATUSES.map((status) => ({ status }));
    this.#series.setOne("turnlab_run_status", all, ({ status }) => status === is);
  }
}

/** All of a log at once. */
export function renderMetrics(events: readonly RunEvent[], format: MetricsFormat): string {
  const metrics = new MetricsSoFar();
  for (const event of events) metrics.add(event);
  metrics.end();
  return metrics.text(format);
}

/** What is wrong with a session that fails depends on it. */
function expectationOf(definition: AnyScenario): "success" | "failure" | "cells" {
  if (isGrid(definition)) return "cells";
  if (isAllocations(definition)) return "success";
  return definition.expectedPath === "none" || definition.expectedFailure !== undefined ? "failure" : "success";
}

import type { RunEvent } from "../../lab/model/events.ts";
import type { Fault, FaultSeen } from "./faults.ts";
import type { ScenarioPlan } from "./scenario-plan.ts";
import { ScenarioState } from "./scenario-state.ts";

/** Where a run stands, by its events so far. It runs in the harness and in the live page. */
export class RunState {
  readonly scenarios: readonly ScenarioState[];
  startedAt: number | null = null;
  finishedAt: number | null = null;
  isInterrupted = false;
  readonly #byName: ReadonlyMap<string, ScenarioState>;

  constructor(plans: readonly ScenarioPlan[]) {
    this.scenarios = plans.map((plan) => new ScenarioState(plan));
    this.#byName = new Map(this.scenarios.map((scenario) => [scenario.plan.name, scenario]));
  }

  of(scenario: string): ScenarioState | undefined {
    return this.#byName.get(scenario);
  }

  /** Returns what this event was the first to show as wrong. */
  add(event: RunEvent): FaultSeen[] {
    if (event.type === "run_started") this.startedAt = event.at;
    if (event.type === "run_finished") {
      this.finishedAt = event.at;
      this.isInterrupted = event.interrupted;
    }
    return ("scenario" in event && this.of(event.scenario)?.add(event)) || [];
  }

  /** What has failed so far, the latest first. */
  faults(): (Fault & { scenario: string })[] {
    return this.scenarios
      .flatMap(({ plan, faults }) => [...faults.values()].map((fault) => ({ ...fault, scenario: plan.name })))
      .sort((a, b) => b.at - a.at);
  }
}

import type { EventType, RunEvent } from "../lab/model/events.ts";
import { isGrid } from "../lab/model/grid.ts";
import { abortingThreshold, mayAbort } from "./evaluate-thresholds.ts";
import { collectSamples, type Wanted } from "./samples.ts";
import { summarizeScenario } from "./summarize-scenario.ts";
import { SampleCollector } from "./tagged-samples.ts";

/** Large, many, and no part of a verdict. */
const OF_NO_VERDICT: ReadonlySet<EventType> = new Set(["webrtc_stats", "session_timeline"]);

/** What scenarios under way would be judged to be, if they ended now. Holds their events until they have ended. */
export class VerdictsSoFar {
  readonly #events = new Map<string, RunEvent[]>();
  readonly #samples = new Map<string, SampleCollector>();

  add(event: RunEvent): void {
    if (!("scenario" in event) || OF_NO_VERDICT.has(event.type)) return;
    const { scenario } = event;
    if (event.type === "scenario_finished") {
      this.#events.delete(scenario);
      this.#samples.delete(scenario);
      return;
    }
    const events = this.#events.get(scenario) ?? [];
    events.push(event);
    this.#events.set(scenario, events);
    if (event.type === "scenario_started" && !isGrid(event.definition) && mayAbort(event.definition))
      this.#samples.set(scenario, new SampleCollector());
    this.#samples.get(scenario)?.add(event);
  }

  /**
   * The threshold that ends a scenario's load by now, in words; null where none does. `sinceMs`: how long ago the load began.
   */
  abortsFor(scenario: string, sinceMs: number): string | null {
    const events = this.#events.get(scenario) ?? [];
    const started = events.find((event) => event.type === "scenario_started");
    if (!started || isGrid(started.definition) || !this.#samples.has(scenario)) return null;
    const collector = this.#samples.get(scenario);
    // What did not happen yet is not counted as none.
    const samplesOf = (wanted: Wanted) =>
      collectSamples(collector?.samples(wanted.metric) ?? [], { isCompleted: false, wanted });
    const crossed = abortingThreshold(started.definition, samplesOf, sinceMs);
    return crossed === null ? null : `${crossed.metric} ${crossed.expression}, observed ${crossed.observed}`;
  }

  /** As if its load had run to its end by now. */
  isPassed(scenario: string): boolean {
    const events = this.#events.get(scenario) ?? [];
    const end = {
      type: "scenario_finished",
      at: 0,
      scenario,
      outcome: "completed",
      reason: null,
      durationMs: 0,
    } as const;
    return summarizeScenario(scenario, [...events, end], "finished").status === "passed";
  }
}

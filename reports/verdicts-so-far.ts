import type { EventType, RunEvent } from "../lab/model/events.ts";
import { summarizeScenario } from "./summarize-scenario.ts";

/** Large, many, and no part of a verdict. */
const OF_NO_VERDICT: ReadonlySet<EventType> = new Set(["webrtc_stats", "session_timeline"]);

/** What scenarios under way would be judged to be, if they ended now. Holds their events until they have ended. */
export class VerdictsSoFar {
  readonly #events = new Map<string, RunEvent[]>();

  add(event: RunEvent): void {
    if (!("scenario" in event) || OF_NO_VERDICT.has(event.type)) return;
    const { scenario } = event;
    if (event.type === "scenario_finished") this.#events.delete(scenario);
    else {
      const events = this.#events.get(scenario) ?? [];
      events.push(event);
      this.#events.set(scenario, events);
    }
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

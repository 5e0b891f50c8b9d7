import type { RunEvent } from "../lab/model/events.ts";
import { isGrid, isSessions } from "../lab/model/grid.ts";
import type { ScenarioStatus } from "../lab/model/summary.ts";
import { taggedHistograms } from "./allocation-samples.ts";
import { abortingThreshold, mayAbort } from "./evaluate-thresholds.ts";
import { mergeMeasured } from "./merge-measured.ts";
import { OF_NO_VERDICT } from "./of-no-verdict.ts";
import { collectSamples, type Wanted } from "./samples.ts";
import { summarizeScenario } from "./summarize-scenario.ts";
import { SampleCollector, taggedSamples } from "./tagged-samples.ts";
import { UnfinishedSessions } from "./unfinished-sessions.ts";

/** What scenarios under way would be judged to be, if they ended now. Holds their events until they have ended. */
export class VerdictsSoFar {
  readonly #events = new Map<string, RunEvent[]>();
  readonly #samples = new Map<string, SampleCollector>();
  readonly #unfinished = new Map<string, UnfinishedSessions>();

  /** Returns the verdict with the event that ends its scenario, else null. */
  add(event: RunEvent): ScenarioStatus | null {
    if (!("scenario" in event) || OF_NO_VERDICT.has(event.type)) return null;
    const { scenario } = event;
    if (event.type === "scenario_finished") {
      const { status } = summarizeScenario(scenario, [...(this.#events.get(scenario) ?? []), event], "finished");
      this.#events.delete(scenario);
      this.#samples.delete(scenario);
      this.#unfinished.delete(scenario);
      return status;
    }
    const events = this.#events.get(scenario) ?? [];
    events.push(event);
    this.#events.set(scenario, event.type === "allocations_measured" ? withFewStretches(events) : events);
    if (event.type === "scenario_started" && isSessions(event.definition) && mayAbort(event.definition)) {
      this.#samples.set(scenario, new SampleCollector());
      this.#unfinished.set(scenario, new UnfinishedSessions(event.definition));
    }
    this.#samples.get(scenario)?.add(event);
    this.#unfinished.get(scenario)?.add(event);
    return null;
  }

  /**
   * The threshold that ends a scenario's load by now, in words; null where none does. `sinceMs`: how long ago the load began. A call that is
   * under way for longer than its scenario gives it counts as one that failed, although nobody knows yet in which way.
   */
  abortsFor(scenario: string, sinceMs: number, now = Date.now()): string | null {
    const events = this.#events.get(scenario) ?? [];
    const started = events.find((event) => event.type === "scenario_started");
    if (!started || isGrid(started.definition) || !mayAbort(started.definition)) return null;
    const collector = this.#samples.get(scenario);
    // Of allocations there are few events, which are made fewer as they come.
    const tagged = collector ? null : taggedSamples(events);
    const histograms = taggedHistograms(events);
    const overdue = this.#unfinished.get(scenario)?.overdueBy(now) ?? [];
    // What did not happen yet is not counted as none.
    const samplesOf = (wanted: Wanted) => {
      const samples = tagged ?? collector?.samples(wanted.metric) ?? [];
      const all = wanted.metric === "session_success" ? [...samples, ...overdue] : samples;
      return collectSamples(all, { isCompleted: false, wanted, histograms });
    };
    const crossed = abortingThreshold(started.definition, samplesOf, sinceMs);
    if (crossed === null) return null;
    const late = crossed.metric.startsWith("session_success") && overdue.length > 0;
    const words = late ? `, with ${overdue.length} that are under way beyond their time` : "";
    return `${crossed.metric} ${crossed.expression}, observed ${crossed.observed}${words}`;
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

/** Four come a second, each with histograms, which a look every other second would take longer and longer to add up. */
const MOST_STRETCHES = 40;

function withFewStretches(events: RunEvent[]): RunEvent[] {
  const measured = events.filter((event) => event.type === "allocations_measured");
  const [first, ...more] = measured;
  if (!first || measured.length < MOST_STRETCHES) return events;
  return [...events.filter((event) => event.type !== "allocations_measured"), mergeMeasured([first, ...more])];
}

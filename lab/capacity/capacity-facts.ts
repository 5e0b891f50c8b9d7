import type { CapacityFacts } from "../model/capacity-report.ts";
import type { EventOf, EventType, RunEvent } from "../model/events.ts";

/** The facts of a capacity run out of the events of its log; null where it is none. Pure. */
export function capacityFacts(events: readonly RunEvent[]): CapacityFacts | null {
  const [started] = eventsOf(events, "capacity_started");
  const [run] = eventsOf(events, "run_started");
  if (!started || !run) return null;
  const [finished] = eventsOf(events, "capacity_finished");
  return {
    runId: run.runId,
    startedAt: run.at,
    durationMs: finished?.durationMs ?? null,
    harness: run.harness,
    server: started.server,
    searches: eventsOf(events, "capacity_asked").map(({ search, ask }) => ({
      name: search,
      ask,
      steps: eventsOf(events, "capacity_step").flatMap((event) => (event.search === search ? [event.step] : [])),
      end: eventsOf(events, "capacity_decided").findLast((event) => event.search === search)?.end ?? null,
    })),
    sizes: started.sizes,
    plan: started.plan,
    prices: started.prices,
    calibration: started.calibration ?? null,
    // A log without its end: whoever wrote it was killed.
    end: finished?.end ?? "interrupted",
    reason: finished?.reason ?? null,
    notes: eventsOf(events, "capacity_note").map(({ text }) => text),
  };
}

function eventsOf<T extends EventType>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

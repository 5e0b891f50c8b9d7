import type { CapacityCourse } from "../model/capacity-report.ts";
import type { EventOf, RunEvent } from "../model/events.ts";
import { eventsOf } from "../model/events-of.ts";
import { judgeStep } from "./carries.ts";

/** Every search of a run, step by step as it was held, out of the events of its log; empty where there is none. Pure. */
export function capacityCourses(events: readonly RunEvent[]): CapacityCourse[] {
  const steps = eventsOf(events, "capacity_step");
  const [first] = steps;
  if (!first) return [];
  const since = first.at - tookMs(first);
  return eventsOf(events, "capacity_asked").map(({ search, ask }) => ({
    name: search,
    steps: steps
      .filter((event) => event.search === search)
      .map(({ at, step }) => ({
        fromS: (at - step.durationMs - since) / 1000,
        toS: (at - since) / 1000,
        point: { ...step, ...judgeStep(step, ask) },
      })),
  }));
}

const tookMs = ({ step }: EventOf<"capacity_step">) => step.durationMs + (step.arrival?.durationMs ?? 0);

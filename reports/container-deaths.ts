import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";

/**
 * The deaths that nobody asked for, from one scenario's events. Their order decides, not their times: whatever is
 * logged after the lab began to go down was told to end, as in every orderly run.
 */
export function containerDeaths(events: readonly RunEvent[]): ScenarioSummary["containerDeaths"] {
  const end = events.findIndex(({ type }) => ENDS.has(type));
  return events
    .slice(0, end === -1 ? events.length : end)
    .filter((event): event is EventOf<"container_died"> => event.type === "container_died")
    .map(({ node, exitCode, oomKilled }) => ({ node, exitCode, oomKilled }));
}

/** How a container died, in a few words. */
export function describeDeath({ node, exitCode, oomKilled }: ScenarioSummary["containerDeaths"][number]): string {
  const how = exitCode === null ? "without an exit code" : `with exit code ${exitCode}`;
  return `${node} died ${how}${oomKilled ? " (out of memory)" : ""}`;
}

/** A lab that broke while it was being built may have no `lab_going_down`. */
const ENDS: ReadonlySet<RunEvent["type"]> = new Set(["lab_going_down", "lab_down", "scenario_finished"]);

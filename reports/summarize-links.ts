import type { EventOf } from "../lab/model/events.ts";
import type { Change } from "../lab/model/scenario.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";

/** Every wire that was measured, each direction, asked against got. */
export function summarizeLinks(events: readonly EventOf<"link_measured">[]): ScenarioSummary["links"] {
  return events.map(({ node, direction, tool, asked, got, mismatches }) => ({
    node,
    direction,
    tool,
    asked,
    got,
    mismatches,
  }));
}

/** Every change that the scenario has, and when it was made; null where it was not. */
export function summarizeChanges(
  planned: readonly Change[],
  events: readonly EventOf<"lab_changed">[],
): ScenarioSummary["changes"] {
  const made = [...events];
  return planned.map((change) => {
    const text = JSON.stringify(change);
    const index = made.findIndex((event) => JSON.stringify(event.change) === text);
    const [event] = index < 0 ? [] : made.splice(index, 1);
    return { change, atMs: event?.atMs ?? null };
  });
}

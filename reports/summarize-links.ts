import type { EventOf } from "../lab/model/events.ts";
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

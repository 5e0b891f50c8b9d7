import { capacityFacts } from "../lab/capacity/capacity-facts.ts";
import { capacityReport as reportOf } from "../lab/capacity/capacity-report.ts";
import type { CapacityReport } from "../lab/model/capacity-report.ts";
import type { RunEvent } from "../lab/model/events.ts";

/** The report of a capacity run, from its events alone; null: they are none's. */
export function capacityReport(events: readonly RunEvent[]): CapacityReport | null {
  const facts = capacityFacts(events);
  return facts && reportOf(facts);
}

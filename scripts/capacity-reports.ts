import { capacityCourses } from "../lab/capacity/capacity-course.ts";
import { capacityFacts } from "../lab/capacity/capacity-facts.ts";
import { capacityReport } from "../lab/capacity/capacity-report.ts";
import type { CapacityCourse, CapacityReport } from "../lab/model/capacity-report.ts";
import type { RunEvent } from "../lab/model/events.ts";

/** What a capacity run says and what it shows beside that, from its events alone; null: they are none's. */
export function capacityReports(
  events: readonly RunEvent[],
): { report: CapacityReport; courses: CapacityCourse[] } | null {
  const facts = capacityFacts(events);
  const report = facts && capacityReport(facts);
  return report && { report, courses: capacityCourses(events) };
}

import type { CapacityReport } from "../../lab/model/capacity-report.ts";

/** capacity.json. */
export function renderCapacityJson(report: CapacityReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

import type { CapacityReport } from "../../lab/model/capacity-report.ts";

export function renderCapacityMarkdown(report: CapacityReport): string {
  return `${report.answer}\n`;
}

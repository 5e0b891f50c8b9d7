import type { CheckReport } from "../../lab/model/check-report.ts";

/** For other programs: `check.schema.json` beside this file describes it. */
export function renderCheckJson(report: CheckReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

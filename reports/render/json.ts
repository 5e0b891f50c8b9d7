import type { Summary } from "../../lab/model/summary.ts";

/** The summary as it stands in summary.json. */
export function renderJson(summary: Summary): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}

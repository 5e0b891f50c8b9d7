import type { CapacityReport } from "../../lab/model/capacity-report.ts";
import type { Screen } from "../render/terminal.ts";

/** The answer first, then all that it stands on. */
export function renderCapacityTerminal(report: CapacityReport, _screen: Screen): string {
  return `${report.answer}\n`;
}

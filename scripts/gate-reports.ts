import { gateFacts } from "../lab/gate/gate-facts.ts";
import { judgeGate } from "../lab/gate/judge-gate.ts";
import type { RunEvent } from "../lab/model/events.ts";
import type { GateReport } from "../lab/model/gate.ts";
import { writeGateReports } from "../reports/gate/write-gate-reports.ts";
import { readRunLog } from "../reports/run-log.ts";

/** The report of a gate, from its log alone. @throws RunLogError */
export function gateReport(logFile: string): GateReport {
  const report = gateReportOf(readRunLog(logFile));
  if (!report) throw new Error(`${logFile}: no gate in it`);
  return report;
}

/** Null: the events are no gate's. */
export function gateReportOf(events: readonly RunEvent[]): GateReport | null {
  const facts = gateFacts(events);
  return facts && judgeGate(facts);
}

export const writeGate = writeGateReports;

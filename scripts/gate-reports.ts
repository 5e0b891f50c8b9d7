import { gateEvidence } from "../lab/gate/gate-evidence.ts";
import { gateFacts } from "../lab/gate/gate-facts.ts";
import { judgeGate } from "../lab/gate/judge-gate.ts";
import type { RunEvent } from "../lab/model/events.ts";
import type { GateEvidence, GateReport } from "../lab/model/gate.ts";

/** What a gate says and what it shows beside that, from its events alone; null: they are no gate's. */
export function gateReports(events: readonly RunEvent[]): { report: GateReport; evidence: GateEvidence } | null {
  const [facts, evidence] = [gateFacts(events), gateEvidence(events)];
  return facts && evidence && { report: judgeGate(facts), evidence };
}

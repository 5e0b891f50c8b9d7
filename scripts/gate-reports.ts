import { gateFacts } from "../lab/gate/gate-facts.ts";
import { judgeGate } from "../lab/gate/judge-gate.ts";
import type { RunEvent } from "../lab/model/events.ts";
import type { GateReport } from "../lab/model/gate.ts";

/** The report of a gate, from its events alone; null: they are no gate's. */
export function gateReport(events: readonly RunEvent[]): GateReport | null {
  const facts = gateFacts(events);
  return facts && judgeGate(facts);
}

import { CHECK_SEVERITIES, type CheckSeverity } from "../model/check.ts";
import type { GateFinding, GateSideFacts } from "../model/gate.ts";
import type { GateProfile } from "../model/gate-profile.ts";

/** A rule as this profile has it; null where it is off. */
export function severityOf(rule: string, severity: CheckSeverity, { rules }: Pick<GateProfile, "rules">) {
  const given = rules[rule] ?? severity;
  return given === "off" ? null : given;
}

/** 0 is the heaviest. */
export const rankOf = (severity: CheckSeverity): number => CHECK_SEVERITIES.indexOf(severity);

/** What a finding of that severity does to a gate; what both have is already there, however little it weighs. */
export function verdictOf(severity: CheckSeverity, isInBaseline: boolean): GateFinding["verdict"] {
  if (isInBaseline) return "already_there";
  return severity === "error" ? "fails" : "noted";
}

/** Where an option stands in a side's file; the file alone where no line has it. */
export function placeOf({ server, lines }: GateSideFacts, option: string | null): GateFinding["place"] {
  return { file: server.file, line: option === null ? null : (lines[option] ?? null) };
}

import type { CheckFinding } from "../model/check.ts";
import type { GateFacts, GateSideFacts, ToldFinding } from "../model/gate.ts";
import { rankOf, severityOf, verdictOf } from "./place-findings.ts";

/** What the file alone says of the candidate, against the baseline's. */
export function checkFindings(
  candidate: GateSideFacts,
  baseline: GateSideFacts | undefined,
  profile: GateFacts["profile"],
): ToldFinding[] {
  const known = new Map<string, number>();
  for (const finding of baseline?.checks ?? []) {
    const key = keyOf(finding);
    known.set(key, Math.min(known.get(key) ?? Number.POSITIVE_INFINITY, rankOf(finding.severity)));
  }
  return candidate.checks.flatMap((finding): ToldFinding[] => {
    const { rule, file, line, option, expected, found, reason, fix, affects } = finding;
    const severity = severityOf(rule, finding.severity, profile);
    if (severity === null) return [];
    const key = keyOf(finding);
    return [
      {
        key,
        layer: "check",
        rule,
        severity,
        verdict: verdictOf(severity, (known.get(key) ?? Number.POSITIVE_INFINITY) <= rankOf(finding.severity)),
        place: { file, line },
        option,
        affects: affects ?? "whoever runs the server",
        what: `expected ${expected}, found ${found}`,
        reason,
        fix,
        evidence: [],
      },
    ];
  });
}

/** The same for the same fault in another file, on whatever line it stands. */
function keyOf({ rule, option, found }: CheckFinding): string {
  return `check ${rule} ${option ?? ""} ${found.replace(/\bline \d+/g, "line")}`;
}

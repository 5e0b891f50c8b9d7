import type { CheckFinding } from "../model/check.ts";
import type { GateFacts, GateFinding, GateSideFacts } from "../model/gate.ts";
import { severityOf, verdictOf } from "./place-findings.ts";

/** What the file alone says of the candidate, against the baseline's. */
export function checkFindings(
  candidate: GateSideFacts,
  baseline: GateSideFacts | undefined,
  profile: GateFacts["profile"],
): GateFinding[] {
  const known = new Set(baseline?.checks.map(keyOf));
  return candidate.checks.flatMap((finding): GateFinding[] => {
    const { rule, file, line, expected, found, reason, fix, affects } = finding;
    const severity = severityOf(rule, finding.severity, profile);
    if (severity === null) return [];
    const key = keyOf(finding);
    return [
      {
        key,
        layer: "check",
        rule,
        severity,
        verdict: verdictOf(severity, known.has(key)),
        place: { file, line },
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

import { createHash } from "node:crypto";
import type { GateFinding, GateReport } from "../../lab/model/gate.ts";
import { oneLine } from "../render/format.ts";
import { inRepository, type Places } from "./gate-annotations.ts";
import { describeHit } from "./gate-words.ts";

type Severity = "info" | "minor" | "major" | "critical" | "blocker";

/**
 * GitLab's code quality report, which a merge request shows at the lines it changes (docs.gitlab.com, "Code Quality", "Import results
 * from a CI/CD job"). Findings at files outside of the repository are left out: they have no place there.
 */
export function renderCodeQuality({ findings }: Pick<GateReport, "findings">, places: Places): string {
  const issues = findings.flatMap((finding) => {
    const path = inRepository(finding.place.file, places);
    if (path === null) return [];
    const { fix, rule, key, place } = finding;
    const change = fix === null ? "" : ` To change: ${oneLine(fix)}`;
    return [
      {
        description: `${describeHit(finding)}.${change}`,
        check_name: oneLine(`turnlab ${rule}`),
        // The same for the same fault in the next run, whichever line it has moved to.
        fingerprint: createHash("sha256")
          .update(JSON.stringify([rule, key, path]))
          .digest("hex"),
        severity: severityOf(finding),
        location: { path, lines: { begin: place.line ?? 1 } },
      },
    ];
  });
  return `${JSON.stringify(issues, null, 2)}\n`;
}

function severityOf({ verdict, severity }: GateFinding): Severity {
  if (verdict === "fails") return severity === "error" ? "blocker" : "critical";
  return severity === "error" ? "major" : severity === "warning" ? "minor" : "info";
}

import type { CheckFinding } from "../../lab/model/check.ts";
import type { CheckReport } from "../../lab/model/check-report.ts";

/** A report of a check that never was, for the tests. */
export function exampleCheck(findings: readonly Partial<CheckFinding>[], more: Partial<CheckReport> = {}): CheckReport {
  const whole = findings.map(
    (finding): CheckFinding => ({
      rule: "unknown-option",
      severity: "error",
      file: "turnserver.conf",
      line: 7,
      option: null,
      expected: "an option of coturn",
      found: '"fingerprnt"',
      reason: "coturn logs it and goes on without.",
      fix: "fingerprint",
      affects: "users behind firewalls that block UDP",
      ...finding,
    }),
  );
  const count = (severity: string) => whole.filter((finding) => finding.severity === severity).length;
  return {
    schemaVersion: 1,
    turnlab: "0.1.0",
    strict: false,
    passed: count("error") === 0,
    counts: { error: count("error"), warning: count("warning"), note: count("note") },
    files: [{ file: "turnserver.conf", kind: "turnserver.conf", coturnVersions: [null], read: [] }],
    findings: whole,
    rules: [
      { id: "unknown-option", severity: "error", title: "coturn does not know it.", url: "https://example.org/a" },
    ],
    ...more,
  };
}

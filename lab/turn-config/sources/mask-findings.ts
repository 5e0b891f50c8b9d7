import type { CheckFinding } from "../../model/check.ts";
import type { ConfigLine } from "../parse-config.ts";
import { findPlaceholders } from "../placeholders.ts";
import { maskSecrets, secretsOf } from "../secrets.ts";

/** What rules say in their own words is masked only for secrets that are no word of theirs. */
const LEAST_IN_WORDS = 8;

/** Findings in which no secret of these lines stands, also where the file has it in a place that is for none. */
export function maskFindings(findings: readonly CheckFinding[], lines: readonly ConfigLine[]): CheckFinding[] {
  const open = new Set(findPlaceholders(lines).map(({ text }) => text));
  const secrets = secretsOf(lines).filter((secret) => !open.has(secret));
  const long = secrets.filter(({ length }) => length >= LEAST_IN_WORDS);
  return findings.map((finding) => ({
    ...finding,
    expected: maskSecrets(finding.expected, long),
    found: maskSecrets(finding.found, secrets),
    reason: maskSecrets(finding.reason, long),
    fix: finding.fix === null ? null : maskSecrets(finding.fix, long),
  }));
}

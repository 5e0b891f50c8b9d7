import type { CheckFinding, CheckRule, CheckSeverity } from "../../model/check.ts";
import type { CheckedConfig } from "./checked-config.ts";

/** What a rule says of one place; what it leaves out is the rule's own. */
export type RuleFinding = {
  /** Where one place is worse or less bad than others. */
  severity?: CheckSeverity;
  /** The line at fault; null where there is none. */
  line: number | null;
  option: string | null;
  expected: string;
  found: string;
  reason: string;
  fix?: string;
  affects?: string;
};

/** One idea of what a file must or must not say: its name and weight, and the function that finds it. Pure. */
export type Rule = CheckRule & { find: (config: CheckedConfig) => RuleFinding[] };

export function runRule({ id, severity, find }: Rule, config: CheckedConfig): CheckFinding[] {
  return find(config).map((finding) => ({
    rule: id,
    severity: finding.severity ?? severity,
    file: config.file,
    line: finding.line,
    option: finding.option,
    expected: finding.expected,
    found: finding.found,
    reason: finding.reason,
    fix: finding.fix || null,
    affects: finding.affects ?? null,
  }));
}

import type { CheckFinding, CheckRule } from "../model/check.ts";
import { CheckedConfig, type CheckInput } from "./check/checked-config.ts";
import { ACL_CHANGES } from "./compare/acl-changes.ts";
import { type CompareRule, runCompareRule } from "./compare/compare-rule.ts";
import { CREDENTIAL_CHANGES } from "./compare/credential-changes.ts";
import { LIMIT_CHANGES } from "./compare/limit-changes.ts";
import { SERVER_CHANGES } from "./compare/server-changes.ts";

const RULES: readonly CompareRule[] = [...CREDENTIAL_CHANGES, ...SERVER_CHANGES, ...LIMIT_CHANGES, ...ACL_CHANGES];

export const COMPARE_RULES: readonly CheckRule[] = RULES.map(({ id, severity, title, url }) => ({
  id,
  severity,
  title,
  ...(url === undefined ? {} : { url }),
}));

/**
 * What clients of the baseline notice when the candidate takes its place, on the candidate's lines. What is wrong with the candidate by itself
 * is for `checkConfig`. Pure. No finding holds a secret of either file.
 */
export function compareConfigs(baseline: CheckInput, candidate: CheckInput): CheckFinding[] {
  const [before, after] = [new CheckedConfig(baseline), new CheckedConfig(candidate)];
  return RULES.flatMap((rule) => runCompareRule(rule, before, after)).toSorted(
    (a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY),
  );
}

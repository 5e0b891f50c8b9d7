import type { CheckFinding, CheckRule } from "../../model/check.ts";
import type { CheckedConfig } from "../check/checked-config.ts";
import { type RuleFinding, runRule } from "../check/rule.ts";

/** What clients of one file notice when another takes its place. Pure. */
export type CompareRule = CheckRule & { compare: (before: CheckedConfig, after: CheckedConfig) => RuleFinding[] };

/** On the lines of the file that comes. */
export function runCompareRule(
  { compare, ...rule }: CompareRule,
  before: CheckedConfig,
  after: CheckedConfig,
): CheckFinding[] {
  return runRule({ ...rule, find: (config) => compare(before, config) }, after);
}

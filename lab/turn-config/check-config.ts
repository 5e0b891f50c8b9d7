import type { CheckFinding, CheckRule } from "../model/check.ts";
import { ACCESS_RULES } from "./check/access-rules.ts";
import { ACL_RULES } from "./check/acl-rules.ts";
import { ADDRESS_RULES } from "./check/address-rules.ts";
import { CheckedConfig, type CheckInput } from "./check/checked-config.ts";
import { CVE_RULES } from "./check/cves.ts";
import { EXPOSURE_RULES } from "./check/exposure-rules.ts";
import { LIFETIME_RULES } from "./check/lifetime-rules.ts";
import { LIMIT_RULES } from "./check/limit-rules.ts";
import { LISTENER_RULES } from "./check/listener-rules.ts";
import { OPEN_PEER_RULES } from "./check/open-peer-rules.ts";
import { placeholderRules } from "./check/placeholder-rules.ts";
import { READ_RULES, readFindings } from "./check/read-rules.ts";
import { type Rule, runRule } from "./check/rule.ts";
import { VERSION_RULES } from "./check/version-rules.ts";
import { COMPARE_RULES } from "./compare-configs.ts";

export type { CheckInput } from "./check/checked-config.ts";

/** In the order in which findings of one line are told. */
const RULES: readonly Rule[] = [
  ...LISTENER_RULES,
  ...ADDRESS_RULES,
  ...ACL_RULES,
  ...OPEN_PEER_RULES,
  ...ACCESS_RULES,
  ...LIMIT_RULES,
  ...LIFETIME_RULES,
  ...EXPOSURE_RULES,
  ...VERSION_RULES,
  ...CVE_RULES,
];

/** All of them, those of a comparison included, with the weight that their findings usually have; a finding may have another. */
export const CHECK_RULES: readonly CheckRule[] = [
  ...READ_RULES,
  ...placeholderRules(new Map()),
  ...RULES,
  ...COMPARE_RULES,
].map(({ id, severity, title, url }) => ({ id, severity, title, ...(url === undefined ? {} : { url }) }));

/**
 * Everything that is wrong with a turnserver.conf, weak in it or worth knowing, by line; what has no line comes last. Pure. No finding
 * holds a secret of the file.
 */
export function checkConfig(input: CheckInput): CheckFinding[] {
  const config = new CheckedConfig(input);
  if (config.lines.length === 0) return [emptyFile(input.file)];
  const findings = [
    ...readFindings(config),
    ...[...placeholderRules(input.values), ...RULES].flatMap((rule) => runRule(rule, config)),
  ];
  return findings.toSorted((a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY));
}

function emptyFile(file: string): CheckFinding {
  return {
    rule: "empty-file",
    severity: "error",
    file,
    line: null,
    option: null,
    expected: "a turnserver.conf",
    found: "no line but comments",
    reason: "coturn without any option relays for everybody who finds it.",
    fix: null,
    affects: null,
  };
}

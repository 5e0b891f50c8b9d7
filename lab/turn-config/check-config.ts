import type { CheckFinding, CheckNeeds, CheckRule } from "../model/check.ts";
import { readConfig } from "./read-config.ts";

export type CheckInput = {
  /** As the user named it. */
  file: string;
  text: string;
  values: ReadonlyMap<string, string>;
  version: string | null;
  needs?: CheckNeeds;
};

export const CHECK_RULES: readonly CheckRule[] = [
  { id: "config-fault", severity: "error", title: "coturn ends over a line, or leaves it out." },
  { id: "config-warning", severity: "warning", title: "coturn does something else than the line seems to say." },
];

/** Thin: what `readConfig` finds. To be replaced. */
export function checkConfig({ file, text, values, version }: CheckInput): CheckFinding[] {
  const { findings } = readConfig({ file, text, values, version, makeSecret: () => "made-up" });
  return findings.map(({ severity, line, expected, found, hint }) => ({
    rule: severity === "fault" ? "config-fault" : "config-warning",
    severity: severity === "fault" ? "error" : "warning",
    file,
    line,
    option: null,
    expected,
    found,
    reason: hint ?? "",
    fix: null,
    affects: null,
  }));
}

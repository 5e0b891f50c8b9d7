import type { CheckFinding } from "../model/check.ts";
import { CheckedConfig, type CheckInput } from "./check/checked-config.ts";
import { LIFETIMES } from "./check/lifetime-rules.ts";

/** More is more for clients; zero, and no line, are no limit. */
const LIMITS: readonly string[] = ["user-quota", "total-quota", "max-bps", "bps-capacity"];
/** More is more for clients. */
const SECONDS: readonly string[] = LIFETIMES.map(({ option }) => option);
/** What a rule can but make an example of, and the baseline has. */
const NAMES: readonly string[] = ["cert", "pkey", "realm"];

/**
 * Findings of the candidate whose change gives clients no less than the baseline had: a rule that looks at one file asks for what is
 * enough for what it knows. Where the candidate has what the baseline has, the change stays as it is. Pure.
 */
export function withBaselineFixes(
  findings: readonly CheckFinding[],
  baseline: CheckInput,
  candidate: CheckInput,
): CheckFinding[] {
  const files = { before: new CheckedConfig(baseline), after: new CheckedConfig(candidate) };
  return findings.map((finding) => {
    const fix = fixOf(finding, files);
    return fix === finding.fix ? finding : { ...finding, fix };
  });
}

type Files = { before: CheckedConfig; after: CheckedConfig };

function fixOf({ option, fix }: CheckFinding, files: Files): string | null {
  if (option === "min-port" || option === "max-port") return rangeFix(fix, files) ?? fix;
  if (fix === null) return null;
  const lines = fix.split("\n");
  const mended = lines.map((line) => lineFix(line, files));
  // What the candidate has as the baseline has it is not at fault: another limit is, which was lowered beside it.
  return mended.some((line) => line === null) ? (loweredLimits(files) ?? fix) : mended.join("\n");
}

/** Null: the line would take from clients what the candidate leaves them. */
function lineFix(line: string, { before, after }: Files): string | null {
  const [, option = "", value = ""] = /^([\w-]+)=(.*)$/.exec(line) ?? [];
  const [was, is] = [before.settings.textOf(option), after.settings.textOf(option)];
  if (LIMITS.includes(option) && /^\d+$/.test(value)) {
    const [had, has] = [limitOf(option, before), limitOf(option, after)];
    if (had === has) return had === null || Number(value) >= had ? line : null;
    return had === null ? `${option}=0` : `${option}=${Math.max(had, Number(value))}`;
  }
  if (was === null || was === is) return line;
  if (SECONDS.includes(option)) return `${option}=${Math.max(before.settings.numberOf(option) ?? 0, Number(value))}`;
  return NAMES.includes(option) && was !== "" ? `${option}=${was}` : line;
}

function loweredLimits({ before, after }: Files): string | null {
  const lines = LIMITS.flatMap((option) => {
    const [had, has] = [limitOf(option, before), limitOf(option, after)];
    return has === null || (had !== null && had <= has) ? [] : [`${option}=${had ?? 0}`];
  });
  return lines.length === 0 ? null : lines.join("\n");
}

const limitOf = (option: string, { settings }: CheckedConfig): number | null => settings.numberOf(option) || null;

/** As many ports as were asked for, and those of before; null where the range is the baseline's. */
function rangeFix(fix: string | null, { before, after }: Files): string | null {
  const [was, is] = [before.relayPorts, after.relayPorts];
  if (was.min === is.min && was.max === is.max) return null;
  const asked = Number(/^max-port=(\d+)$/.exec(fix ?? "")?.[1] ?? is.max);
  const min = Math.min(was.min, is.min);
  const max = was.max - min >= asked - is.min ? was.max : Math.max(was.max, asked);
  const lines = [...(min === is.min ? [] : [`min-port=${min}`]), ...(max === is.max ? [] : [`max-port=${max}`])];
  return lines.length === 0 ? null : lines.join("\n");
}

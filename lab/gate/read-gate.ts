import type { CheckFinding } from "../model/check.ts";
import { GATE_SIDES, type GateSide } from "../model/gate.ts";
import type { Fault } from "../scenario/fault.ts";
import type { ConfigInput, GivenFile, TurnConfig } from "../turn-config/read-config.ts";
import { pairFaults, unnamedFiles, withFiles } from "./given-files.ts";
import type { MachineSize } from "./machine-faults.ts";
import { type GatePlan, planGate } from "./plan-gate.ts";
import { type GivenTexts, type NamedText, readGiven } from "./read-given.ts";
import { readSide, secretsByName } from "./read-side.ts";

export type GateTexts = GivenTexts & {
  candidate: NamedText;
  baseline: NamedText | null;
  /** Of `--file`. */
  files: readonly GivenFile[];
  values: ConfigInput["values"];
  /** Of the coturn that will read each; null where nobody knows yet. */
  versions: Record<GateSide, string | null>;
  machine: MachineSize;
  /** Unix time. */
  nowMs: number;
  makeSecret: () => string;
};

export type ReadGate =
  | { plan: GatePlan; candidate: TurnConfig; baseline: TurnConfig | null; placeholders: string[] }
  /** The baseline's before all others; each under the file, or `command line`, that has them. */
  | { faults: { heading: string; faults: Fault[] }[]; placeholders: string[] };

/** All that a gate is given, read together: the plan, or every fault of every file. Pure but for `makeSecret`. */
export function readGate(texts: GateTexts): ReadGate {
  const told: { heading: string; faults: Fault[] }[] = [];
  const tell = (heading: string, faults: readonly Fault[]) => {
    if (faults.length > 0) told.push({ heading, faults: [...faults] });
  };
  const placeholders = new Set<string>();
  const makeSecret = secretsByName(texts.makeSecret);
  const found: CheckFinding[] = [];
  const configs: Partial<Record<GateSide, TurnConfig>> = {};
  for (const side of GATE_SIDES.toReversed()) {
    const named = texts[side];
    if (!named) continue;
    const heading = side === "baseline" ? `${named.file} (the baseline)` : named.file;
    const read = readSide(side, { ...named, values: texts.values, version: texts.versions[side], makeSecret });
    for (const name of read.placeholders) placeholders.add(name);
    if ("faults" in read) {
      tell(heading, read.faults);
      continue;
    }
    found.push(...read.findings);
    const config = withFiles(read.config, texts.files);
    configs[side] = config;
    // A candidate that parts a pair which the baseline has is one that fails (missing-files.ts).
    if (!configs.baseline?.files || side === "baseline") tell(heading, pairFaults(config));
  }
  const { given, faults: ofGiven } = readGiven(texts);
  for (const { heading, faults } of ofGiven) tell(heading, faults);
  const { candidate, baseline = null } = configs;
  if (candidate && (baseline || !texts.baseline)) {
    tell("command line", unnamedFiles(baseline ? [candidate, baseline] : [candidate], texts.files));
    const plan = planGate({ given, candidate, baseline, machine: texts.machine, nowMs: texts.nowMs });
    if ("faults" in plan)
      tell(texts.profile?.file ?? texts.iceServers?.file ?? (baseline ?? candidate).file, plan.faults);
    else if (told.length === 0) {
      const findings = { ...plan.findings, candidate: [...found, ...plan.findings.candidate] };
      return { plan: { ...plan, findings }, candidate, baseline, placeholders: [...placeholders] };
    }
  }
  return { faults: told, placeholders: [...placeholders] };
}

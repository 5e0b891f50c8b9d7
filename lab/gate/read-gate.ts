import type { CheckFinding } from "../model/check.ts";
import { GATE_SIDES, type GateSide } from "../model/gate.ts";
import type { Fault } from "../scenario/fault.ts";
import type { ConfigInput, GivenFile, TurnConfig } from "../turn-config/read-config.ts";
import { pairFaults, unnamedFiles, withFiles } from "./given-files.ts";
import type { GivenProfile } from "./given-profile.ts";
import type { MachineSize } from "./machine-faults.ts";
import { type GatePlan, planGate } from "./plan-gate.ts";
import { readIceServers } from "./read-ice-servers.ts";
import { readProfile } from "./read-profile.ts";
import { readSide, secretsByName } from "./read-side.ts";

/** A file as its command line names it, and what is in it. */
export type NamedText = { file: string; text: string };

export type GateTexts = {
  candidate: NamedText;
  baseline: NamedText | null;
  profile: NamedText | null;
  iceServers: NamedText | null;
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
  const given = readGiven(texts, tell);
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

function readGiven(
  { profile, iceServers }: GateTexts,
  tell: (heading: string, faults: readonly Fault[]) => void,
): GivenProfile {
  const read = profile ? readProfile({ text: profile.text }) : { given: {} };
  if ("faults" in read) tell(profile?.file ?? "", read.faults);
  const list = iceServers ? readIceServers(iceServers.text) : null;
  if (list && "faults" in list) tell(iceServers?.file ?? "", list.faults);
  const given = "given" in read ? read.given : {};
  if (!list || "faults" in list) return given;
  if (given.iceServers) {
    const expected = "no iceServers in the profile, or no --ice-servers beside it";
    tell("command line", [{ place: "--ice-servers", expected, found: `iceServers in ${profile?.file} as well` }]);
  }
  // What an answer says of its credentials holds for those that the gate mints in their place.
  const lifetime = list.ttlSeconds === null ? {} : { credentialLifetimeS: list.ttlSeconds };
  return { ...lifetime, ...given, iceServers: list.iceServers };
}

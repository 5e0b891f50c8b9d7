import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { readGivenFiles } from "../lab/gate/given-files.ts";
import type { GatePlan } from "../lab/gate/plan-gate.ts";
import { readGate } from "../lab/gate/read-gate.ts";
import { type NamedText, readGiven } from "../lab/gate/read-given.ts";
import type { GateSideInput } from "../lab/gate-run/run-gate.ts";
import { type GateLayer, LEAVABLE_LAYERS } from "../lab/model/gate.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { isImageReference, REFERENCE_EXPECTED } from "../lab/scenario/image-faults.ts";
import { LAB_COTURN_VERSION } from "../lab/turn-config/version.ts";
import { readGivenValues } from "./given-values.ts";
import { InvalidInput } from "./invalid-input.ts";
import { unreadableFile } from "./unreadable-file.ts";

/** The command line of a gate. */
export type GateOptions = {
  /** Without it all of this is bad input. */
  config?: string;
  baseline?: string;
  image?: string;
  baselineImage?: string;
  profile?: string;
  iceServers?: string;
  /** `NAME=VALUE`, several. */
  set?: readonly string[];
  envFile?: readonly string[];
  /** `PATH=FILE`, several. */
  file?: readonly string[];
  strict?: boolean;
  /** Layers by comma. */
  without?: string;
  /** Seconds. */
  budget?: string;
  out?: string;
  json?: boolean;
};

/** What a gate is made of, all of it checked. */
export type GateInputs = {
  candidate: GateSideInput;
  baseline: GateSideInput | null;
  plan: GatePlan;
  leftOut: GateLayer[];
};

const COMMAND_LINE = "command line";
const NO_CONFIG: Fault = {
  place: "--config",
  expected: "the turnserver.conf that is to be shipped",
  found: "nothing",
  hint: "./turnlab gate --config new.conf --baseline turnserver.conf",
};
const MIN_BUDGET_S = 30;

/** Reads everything that the command line names. @throws InvalidInput with every fault of all of it */
export function readGateInputs(options: GateOptions): GateInputs {
  const told = new Map<string, Fault[]>();
  const tell = (heading: string, faults: readonly Fault[]) => {
    if (faults.length > 0) told.set(heading, [...(told.get(heading) ?? []), ...faults]);
  };
  const readText = (option: string, what: string, file: string | undefined): NamedText | null => {
    if (file === undefined) return null;
    try {
      return { file, text: readFileSync(file, "utf8") };
    } catch (error) {
      tell(COMMAND_LINE, [unreadableFile(option, what, file, error)]);
      return null;
    }
  };
  // The baseline first: nothing of the candidate matters where that cannot be read.
  const baseline = readText("--baseline", "a turnserver.conf", options.baseline);
  const candidate = readText("--config", "a turnserver.conf", options.config);
  if (options.config === undefined) tell(COMMAND_LINE, [NO_CONFIG]);
  const profile = readText("--profile", "a profile", options.profile);
  const iceServers = readText("--ice-servers", "a list of iceServers in JSON", options.iceServers);
  const values = readGivenValues(options);
  const leftOut = readLeftOut(options.without);
  const given = readGivenFiles(options.file ?? [], (file) => readFileSync(file));
  tell(COMMAND_LINE, [
    ...values.faults,
    ...given.faults,
    ...imageFaults(options),
    ...budgetFaults(options.budget),
    ...leftOut.faults,
  ]);
  if (!candidate || (options.baseline !== undefined && !baseline)) {
    for (const { heading, faults } of readGiven({ profile, iceServers }).faults) tell(heading, faults);
    throw invalid(told);
  }

  const versionOf = (image: string | undefined) => (image === undefined ? LAB_COTURN_VERSION : null);
  const versions = { candidate: versionOf(options.image), baseline: versionOf(options.baselineImage ?? options.image) };
  const read = readGate({
    ...{ candidate, baseline, profile, iceServers, values: values.values, versions },
    files: given.files,
    machine: { cpus: availableParallelism(), memoryBytes: totalmem() },
    nowMs: Date.now(),
    makeSecret: () => randomBytes(18).toString("base64url"),
  });
  tell(COMMAND_LINE, values.unused([candidate, ...(baseline ? [baseline] : [])].map(({ text }) => text)));
  if ("faults" in read) for (const { heading, faults } of read.faults) tell(heading, faults);
  if ("faults" in read || told.size > 0) throw invalid(told);
  const { plan } = read;
  const budgetMs = options.budget === undefined ? plan.profile.limits.budgetMs : Number(options.budget) * 1_000;
  const limits = { ...plan.profile.limits, budgetMs };
  const baselineImage = options.baselineImage ?? options.image;
  return {
    candidate: { config: read.candidate, ...(options.image === undefined ? {} : { image: options.image }) },
    baseline: read.baseline
      ? { config: read.baseline, ...(baselineImage === undefined ? {} : { image: baselineImage }) }
      : null,
    plan: { ...plan, profile: { ...plan.profile, limits } },
    leftOut: leftOut.layers,
  };
}

function imageFaults({ image, baselineImage, baseline }: GateOptions): Fault[] {
  const bad = Object.entries({ "--image": image, "--baseline-image": baselineImage })
    .filter(([, reference]) => reference !== undefined && !isImageReference(reference))
    .map(([place, reference]) => ({ place, expected: REFERENCE_EXPECTED, found: `"${reference}"` }));
  if (baselineImage === undefined || baseline !== undefined) return bad;
  return [...bad, { place: "--baseline-image", expected: "a --baseline that runs from it", found: "none" }];
}

/** `--without check,probe`. */
export function readLeftOut(without: string | undefined): { layers: GateLayer[]; faults: Fault[] } {
  const words = without === undefined ? [] : without.split(",").map((word) => word.trim());
  const layers = LEAVABLE_LAYERS.filter((layer) => words.includes(layer));
  const isAll = without === undefined || words.every((word) => layers.some((layer) => layer === word));
  if (isAll) return { layers, faults: [] };
  const hint = words.includes("calls")
    ? { hint: "Without calls there is no verdict; ./turnlab check FILE makes none." }
    : {};
  const expected = `layers by comma: ${LEAVABLE_LAYERS.join(", ")}`;
  return { layers, faults: [{ place: "--without", expected, found: `"${without}"`, ...hint }] };
}

function budgetFaults(budget: string | undefined): Fault[] {
  if (budget === undefined || (/^\d{1,5}$/.test(budget) && Number(budget) >= MIN_BUDGET_S)) return [];
  return [{ place: "--budget", expected: `whole seconds, at least ${MIN_BUDGET_S}`, found: `"${budget}"` }];
}

function invalid(told: ReadonlyMap<string, readonly Fault[]>): InvalidInput {
  return new InvalidInput([...told].map(([heading, faults]) => formatFaults(heading, faults)).join("\n\n"));
}

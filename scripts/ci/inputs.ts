import type { Fault } from "../../lab/scenario/fault.ts";
import { type GateOptions, readGateInputs } from "../gate-inputs.ts";
import { badInput, InvalidInput } from "../invalid-input.ts";

/** Over what is wrong with the inputs of a job. */
export const JOB = "inputs of the job";

/** Arguments of `turnlab gate` that a job gives one value of, and the variables that they come from. */
const SINGLE = {
  "--image": "TURNLAB_GATE_IMAGE",
  "--baseline-image": "TURNLAB_GATE_BASELINE_IMAGE",
  "--profile": "TURNLAB_GATE_PROFILE",
  "--ice-servers": "TURNLAB_GATE_ICE_SERVERS",
  "--budget": "TURNLAB_GATE_BUDGET",
} as const;

/** Those that may be given more often: one a line. */
const SEVERAL = {
  "--set": "TURNLAB_GATE_SET",
  "--env-file": "TURNLAB_GATE_ENV_FILE",
  "--file": "TURNLAB_GATE_FILE",
} as const;

/** What a job asks of the gate. Action inputs and GitLab variables alike arrive as these variables. */
export type GateInputs = {
  config: string;
  /** A file. */
  baseline: string | null;
  /** A commit of the repository whose version of the config is the baseline; `none`: no baseline. Null: nobody said. */
  baselineRef: string | null;
  image: string | null;
  /** Of the command line, without config and baseline. */
  more: string[];
  /** Secrets must not be in the environment of what is started. */
  token: string | null;
  isCommenting: boolean;
};

/** Every fault in one message. @throws InvalidInput */
export function readInputs(env: NodeJS.ProcessEnv): GateInputs {
  const of = (name: string) => env[name]?.trim() || null;
  const faults: Fault[] = [];
  const config = of("TURNLAB_GATE_CONFIG");
  if (config === null)
    faults.push({
      place: "config",
      expected: "the path of a turnserver.conf",
      found: "nothing",
      hint: "config in the action's or the template's inputs; elsewhere TURNLAB_GATE_CONFIG",
    });
  const baseline = of("TURNLAB_GATE_BASELINE");
  const baselineRef = of("TURNLAB_GATE_BASELINE_REF");
  if (baseline !== null && baselineRef !== null)
    faults.push({
      place: "baseline and baseline-ref",
      expected: "one of them",
      found: `"${baseline}" and "${baselineRef}"`,
      hint: "Leave baseline-ref out: baseline is a file.",
    });
  const flag = (input: string, name: string, otherwise: boolean) => {
    const value = of(name) ?? String(otherwise);
    if (value !== "true" && value !== "false")
      faults.push({ place: input, expected: "true or false", found: `"${value}"` });
    return value === "true";
  };
  const isStrict = flag("strict", "TURNLAB_GATE_STRICT", false);
  const isCommenting = flag("comment", "TURNLAB_GATE_COMMENT", true);
  if (faults.length > 0) {
    const messages = [badInput(faults, { heading: JOB }).message];
    // What the gate itself would say comes in the same breath; of a baseline from git nothing is known here.
    if (config !== null) messages.push(...faultsOfGate(env, { config, ...(baseline === null ? {} : { baseline }) }));
    throw new InvalidInput(messages.join("\n\n"));
  }
  const single = Object.entries(SINGLE).flatMap(([option, name]) => {
    const value = of(name);
    return value === null ? [] : [`${option}=${value}`];
  });
  const several = Object.entries(SEVERAL).flatMap(([option, name]) =>
    linesOf(env[name]).map((line) => `${option}=${line}`),
  );
  return {
    config: config ?? "",
    baseline,
    baselineRef,
    image: of("TURNLAB_GATE_IMAGE"),
    more: [...single, ...several, ...(isStrict ? ["--strict"] : [])],
    token: of("TURNLAB_GATE_TOKEN"),
    isCommenting,
  };
}

/** What stands behind `=` may end in spaces on purpose; what stands before the name does not. */
function linesOf(text = ""): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.trimStart());
}

function faultsOfGate(env: NodeJS.ProcessEnv, files: Pick<GateOptions, "config" | "baseline">): string[] {
  const single = (option: keyof typeof SINGLE) => env[SINGLE[option]]?.trim() || undefined;
  const options = {
    image: single("--image"),
    baselineImage: files.baseline === undefined ? undefined : single("--baseline-image"),
    profile: single("--profile"),
    iceServers: single("--ice-servers"),
    budget: single("--budget"),
    set: linesOf(env[SEVERAL["--set"]]),
    envFile: linesOf(env[SEVERAL["--env-file"]]),
    file: linesOf(env[SEVERAL["--file"]]),
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  try {
    readGateInputs({ ...files, ...given });
    return [];
  } catch (error) {
    if (error instanceof InvalidInput) return [error.message];
    throw error;
  }
}

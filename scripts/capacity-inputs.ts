import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { PRICES, readPrices } from "../lab/capacity/prices.ts";
import { readCalibration } from "../lab/capacity/read-calibration.ts";
import { type CapacityLabInput, capacityTopology } from "../lab/capacity-run/capacity-lab.ts";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "../lab/capacity-run/defaults.ts";
import type { CapacityInput, PlannedSearch } from "../lab/capacity-run/run-capacity.ts";
import { readGivenFiles } from "../lab/gate/given-files.ts";
import type { MachineSize } from "../lab/model/capacity.ts";
import type { Calibration } from "../lab/model/capacity-model.ts";
import type { PriceTable } from "../lab/model/capacity-plan.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { isImageReference, REFERENCE_EXPECTED } from "../lab/scenario/image-faults.ts";
import { readConfig, type TurnConfig } from "../lab/turn-config/read-config.ts";
import { LAB_COTURN_VERSION } from "../lab/turn-config/version.ts";
import { type CallOptions, readCall } from "./capacity-call.ts";
import { readGivenValues } from "./given-values.ts";
import { InvalidInput } from "./invalid-input.ts";
import { readSize, readSizeWord, type SizeOptions } from "./machine-size.ts";
import { type PlannerOptions, readPlanner } from "./planner-numbers.ts";

/** The command line of a capacity run. */
export type CapacityOptions = CallOptions &
  SizeOptions &
  PlannerOptions & {
    config?: string;
    image?: string;
    /** `NAME=VALUE`, several. */
    set?: readonly string[];
    envFile?: readonly string[];
    /** `PATH=FILE`, several. */
    file?: readonly string[];
    behind?: string;
    predict?: string;
    prices?: string;
    calibration?: string;
    ownCalibration?: string;
    /** Seconds. */
    budget?: string;
    out?: string;
    json?: boolean;
  };

/** What a capacity run is made of, all of it checked. */
export type CapacityInputs = Pick<
  CapacityInput,
  "searches" | "lab" | "limits" | "settings" | "budgetMs" | "sizes" | "plan" | "prices" | "calibration"
>;

const COMMAND_LINE = "command line";
const BUDGET_S = { min: 30, usual: 230 };
/** More threads than this never were of use to the clients (lab/turn-load). */
const MOST_WORKERS = 4;

/** Reads everything that the command line names. @throws InvalidInput with every fault of all of it */
export function readCapacityInputs(options: CapacityOptions): CapacityInputs {
  const told = new Map<string, Fault[]>();
  const tell = (heading: string, faults: readonly Fault[]) => {
    if (faults.length > 0) told.set(heading, [...(told.get(heading) ?? []), ...faults]);
  };
  const { call, faults: callFaults } = readCall(options);
  const { size, faults: sizeFaults } = readSize(options);
  const { plan, faults: planFaults } = readPlanner(options);
  const other = options.predict === undefined ? null : readSizeWord(options.predict, size);
  tell(COMMAND_LINE, [...callFaults, ...sizeFaults, ...planFaults, ...(other?.faults ?? []), ...wordFaults(options)]);
  const config = readConfigFile(options, tell);
  const prices = readPricesFile(options.prices, tell);
  const there = readCalibrationFile("--calibration", options.calibration, tell);
  const here = readCalibrationFile("--own-calibration", options.ownCalibration, tell);
  const lab: CapacityLabInput = {
    config,
    ...(options.image === undefined ? {} : { image: options.image }),
    call,
    behind: options.behind === "home" ? "home" : "internet",
    workers: Math.min(availableParallelism(), MOST_WORKERS),
  };
  const searches = [size, ...(other ? [other.size] : [])].flatMap((one): PlannedSearch[] => {
    const placed = capacityTopology(lab, one);
    if ("topology" in placed) return [{ name: nameOf(one, lab), size: one, topology: placed.topology }];
    if (one === size) tell(config?.file ?? COMMAND_LINE, placed.faults);
    return [];
  });
  if (told.size > 0) throw new InvalidInput([...told].map(([at, faults]) => formatFaults(at, faults)).join("\n\n"));
  return {
    searches,
    lab,
    limits: DEFAULT_LIMITS,
    settings: DEFAULT_SETTINGS,
    // Each search takes as long as one run.
    budgetMs: Number(options.budget ?? BUDGET_S.usual * searches.length) * 1_000,
    sizes: other ? [other.size] : [],
    plan,
    prices,
    calibration: there && { there, here },
  };
}

type Tell = (heading: string, faults: readonly Fault[]) => void;

/** Null where none is given, or where it cannot be read, which is told. */
function readText(option: string, what: string, file: string | undefined, tell: Tell): string | null {
  if (file === undefined) return null;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const found = `${file}: ${(error as NodeJS.ErrnoException).code ?? "unreadable"}`;
    tell(COMMAND_LINE, [{ place: option, expected: `${what} that can be read`, found }]);
    return null;
  }
}

function readConfigFile(options: CapacityOptions, tell: Tell): TurnConfig | null {
  const values = readGivenValues(options);
  const given = readGivenFiles(options.file ?? [], (file) => readFileSync(file));
  tell(COMMAND_LINE, [...values.faults, ...given.faults]);
  const { config: file, image, set = [], file: files = [] } = options;
  if (file === undefined) {
    const places = [...set.map((one) => `--set ${one.split("=")[0]}`), ...files.map((one) => `--file ${one}`)];
    const expected = "a --config that it is for";
    tell(
      COMMAND_LINE,
      places.map((place) => ({ place, expected, found: "none" })),
    );
    return null;
  }
  const text = readText("--config", "a turnserver.conf", file, tell);
  if (text === null) return null;
  const version = image === undefined ? LAB_COTURN_VERSION : null;
  const makeSecret = () => randomBytes(18).toString("base64url");
  const { config, findings } = readConfig({ file, text, values: values.values, version, makeSecret });
  tell(COMMAND_LINE, values.unused([text]));
  const faults = findings.filter(({ severity }) => severity === "fault");
  tell(
    file,
    faults.map(({ line, severity: _, ...fault }) => ({ ...fault, place: line === null ? file : `${file}:${line}` })),
  );
  return config && { ...config, files: given.files };
}

function readPricesFile(file: string | undefined, tell: Tell): PriceTable {
  const text = readText("--prices", "a price table", file, tell);
  if (text === null || file === undefined) return PRICES;
  const read = readPrices(text);
  if ("prices" in read) return read.prices;
  tell(file, read.faults);
  return PRICES;
}

function readCalibrationFile(option: string, file: string | undefined, tell: Tell): Calibration | null {
  const text = readText(option, "what turnlab calibrate wrote", file, tell);
  if (text === null || file === undefined) return null;
  const read = readCalibration(text);
  if ("calibration" in read) return read.calibration;
  tell(file, read.faults);
  return null;
}

function wordFaults({ image, behind, budget, calibration, ownCalibration }: CapacityOptions): Fault[] {
  const faults: Fault[] = [];
  if (ownCalibration !== undefined && calibration === undefined)
    faults.push({
      place: "--own-calibration",
      expected: "a --calibration of another machine beside it",
      found: "none",
    });
  if (image !== undefined && !isImageReference(image))
    faults.push({ place: "--image", expected: REFERENCE_EXPECTED, found: `"${image}"` });
  if (behind !== undefined && behind !== "home" && behind !== "internet")
    faults.push({ place: "--behind", expected: "home or internet", found: `"${behind}"` });
  if (budget !== undefined && !(/^\d{1,5}$/.test(budget) && Number(budget) >= BUDGET_S.min))
    faults.push({ place: "--budget", expected: `whole seconds, at least ${BUDGET_S.min}`, found: `"${budget}"` });
  return faults;
}

/** `0.25 cores, 512 MiB, UDP`. */
function nameOf(size: MachineSize, { call }: CapacityLabInput): string {
  const { cpus, memoryBytes, nicBitsPerSecond, fileDescriptors } = size;
  const parts = [
    ...(cpus === undefined ? [] : [`${cpus} ${cpus === 1 ? "core" : "cores"}`]),
    ...(memoryBytes === undefined ? [] : [`${Math.round(memoryBytes / 2 ** 20)} MiB`]),
    ...(nicBitsPerSecond === undefined ? [] : [`${nicBitsPerSecond / 1e6} Mbit/s`]),
    ...(fileDescriptors === undefined ? [] : [`${fileDescriptors} open files`]),
  ];
  return [...(parts.length > 0 ? parts : ["this machine"]), call.over.toUpperCase()].join(", ");
}

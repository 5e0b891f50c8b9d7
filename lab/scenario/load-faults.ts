import { parseDuration } from "../model/duration.ts";
import { COMMON_LOAD_KEYS, EXECUTOR_KEYS, type ExecutorName, MAX_VUS } from "../model/load.ts";
import { NON_INDEXED_TAGS, SYSTEM_TAGS } from "../model/tags.ts";
import { type Fault, show } from "./fault.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";

const MAX_SESSIONS = MAX_VUS;
const MAX_DURATION_MS = 86_400_000;
const DURATIONS = ["maxDuration", "duration", "gracefulRampDown", "gracefulStop", "timeUnit"] as const;
/** Those of them that may be nothing. */
const MAY_BE_ZERO: readonly string[] = ["gracefulRampDown", "gracefulStop"];

/** Faults of the load that no single value has. */
export function loadFaults(value: unknown): Fault[] {
  const load = valueAt(value, ["load"]);
  if (!isRecord(load)) return [];
  const { executor } = load;
  const faults = [
    ...tagFaults(value),
    ...DURATIONS.flatMap((key) => durationFaults(`load.${key}`, load[key], MAY_BE_ZERO.includes(key))),
  ];
  if (Array.isArray(load.stages)) {
    faults.push(
      ...load.stages.flatMap((stage, index) =>
        durationFaults(`load.stages[${index}].duration`, valueAt(stage, ["duration"]), true),
      ),
    );
  }
  if (typeof executor !== "string" || !Object.hasOwn(EXECUTOR_KEYS, executor)) return faults;
  return [...faults, ...keyFaults(load, executor as ExecutorName), ...countFaults(load, executor as ExecutorName)];
}

/** Tags of one's own: none that the lab gives samples itself, and none that a threshold could not name. */
function tagFaults(value: unknown): Fault[] {
  return membersAt(value, "load", "tags").flatMap(([tag, text]): Fault[] => {
    const place = `load.tags.${tag}`;
    if (Object.hasOwn(SYSTEM_TAGS, tag) || NON_INDEXED_TAGS.includes(tag))
      return [{ place, expected: "a name of your own: samples have a tag of this one already", found: show(tag) }];
    if (!/^[\w.-]+$/.test(tag))
      return [
        { place, expected: "a name of letters, digits, _, . and -, which a threshold can name", found: show(tag) },
      ];
    if (typeof text !== "string" || text === "" || !/[,{}"']|^\s|\s$/.test(text)) return [];
    const expected = "a value that a threshold can name: without commas, braces, quotes, and spaces at its ends";
    return [{ place, expected, found: show(text) }];
  });
}

/** k6 refuses what an executor does not know, and so is it here. */
function keyFaults(load: Record<string, unknown>, executor: ExecutorName): Fault[] {
  const { must, may }: { must: readonly string[]; may: readonly string[] } = EXECUTOR_KEYS[executor];
  const known = [...COMMON_LOAD_KEYS, ...must, ...may];
  const all: string[] = Object.values(EXECUTOR_KEYS).flatMap((keys) => [...keys.must, ...keys.may]);
  return [
    ...must
      .filter((key) => load[key] === undefined)
      .map((key) => ({ place: `load.${key}`, expected: `${key}: ${executor} needs it`, found: "nothing" })),
    ...Object.keys(load)
      .filter((key) => all.includes(key) && !known.includes(key))
      .map((key) => ({
        place: `load.${key}`,
        expected: `one of ${known.join(", ")}, which ${executor} has`,
        found: key,
      })),
  ];
}

function durationFaults(place: string, value: unknown, mayBeZero: boolean): Fault[] {
  if (typeof value !== "string" || value === "") return [];
  const ms = parseDuration(value);
  const expected = 'a duration as k6 has it, such as "90s" or "1m30s"';
  if (ms === null) return [{ place, expected, found: show(value) }];
  if (ms > MAX_DURATION_MS) return [{ place, expected: "at most a day", found: show(value) }];
  return ms === 0 && !mayBeZero ? [{ place, expected: "more than nothing", found: show(value) }] : [];
}

function countFaults(load: Record<string, unknown>, executor: ExecutorName): Fault[] {
  const { vus, iterations, preAllocatedVUs, maxVUs, stages, startVUs = 1, startRate = 0 } = load;
  const faults: Fault[] = [];
  if (isCount(preAllocatedVUs) && isCount(maxVUs) && maxVUs < preAllocatedVUs) {
    faults.push({
      place: "load.maxVUs",
      expected: `at least the ${preAllocatedVUs} of preAllocatedVUs`,
      found: String(maxVUs),
    });
  }
  if (preAllocatedVUs === 0 && maxVUs === undefined) {
    const expected = "at least 1, or maxVUs beside it: there would never be a VU";
    faults.push({ place: "load.preAllocatedVUs", expected, found: "0" });
  }
  if (Array.isArray(stages)) {
    const begin = executor === "ramping-vus" ? startVUs : startRate;
    const targets = stages.map((stage) => valueAt(stage, ["target"]));
    if (begin === 0 && targets.every((target) => target === 0))
      faults.push({ place: "load.stages", expected: "a target above 0 in one of them", found: "no load at all" });
  }
  if (!isCount(vus) || !isCount(iterations)) return faults;
  const isShared = executor === "shared-iterations";
  // `iterations` is each VU's own number, or that of all together (k6: docs, executors).
  const sessions = isShared ? iterations : vus * iterations;
  if (isShared && iterations < vus) {
    faults.push({
      place: "load.iterations",
      expected: `at least one for each of the ${vus} VUs that share them`,
      found: String(iterations),
    });
  }
  if (sessions > MAX_SESSIONS) {
    const found = isShared ? `${sessions}` : `${vus} × ${iterations} = ${sessions}`;
    faults.push({ place: "load", expected: `at most ${MAX_SESSIONS} sessions`, found });
  }
  return faults;
}

/** Within the range that the structure allows; else that fault is told already. */
function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_SESSIONS;
}

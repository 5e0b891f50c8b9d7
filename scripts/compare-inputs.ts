import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { whyUnreadable } from "../lab/model/unreadable.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { readSummary } from "../reports/compare/read-summary.ts";
import { factsOfLog, factsOfSummary, type RunFacts } from "../reports/compare/run-facts.ts";
import { LOG_FILE, RunLogError, readRunLog } from "../reports/run-log.ts";
import { RUNS_FOLDER } from "./run-folder.ts";

/** What the words given came to: runs that can be compared, and those that cannot, with the reason. */
export type CompareInputs = { runs: (RunFacts & { path: string })[]; skipped: { run: string; reason: string }[] };

const PLACE = "compare";

/** Files of runs that words name: a folder, its log or its summary, a folder of runs, or a name in reports/runs/. */
export function filesOf(words: readonly string[]): { files: string[]; faults: Fault[] } {
  const faults: Fault[] = [];
  const files = words.flatMap((word) => {
    const path = [resolve(word), join(RUNS_FOLDER, word)].find((place) => existsSync(place));
    const expected = `a run's folder, its ${LOG_FILE} or its summary.json`;
    if (!path) {
      const hint = "Without --out runs are in reports/runs/.";
      faults.push({ place: PLACE, expected, found: `nothing at ${resolve(word)}`, hint });
      return [];
    }
    if (!statSync(path).isDirectory()) return [path];
    const found = runsIn(path);
    if (found.length === 0)
      faults.push({ place: PLACE, expected, found: `${path}, a folder without a ${LOG_FILE}`, hint: "Name a run." });
    return found;
  });
  return { files: [...new Set(files)], faults };
}

/** A run's log; of a folder of runs each of theirs. */
function runsIn(folder: string): string[] {
  const own = join(folder, LOG_FILE);
  if (existsSync(own)) return [own];
  const inner = readdirSync(folder, { withFileTypes: true });
  return inner
    .map(({ name }) => join(folder, name, LOG_FILE))
    .filter((file) => existsSync(file))
    .sort();
}

/** Reads each; what cannot be compared is left out, and said to be. */
export function readRuns(files: readonly string[]): CompareInputs {
  const names = namesOf(files);
  const inputs: CompareInputs = { runs: [], skipped: [] };
  for (const [index, path] of files.entries()) {
    const name = names[index] ?? path;
    const read = path.endsWith(".json") ? readAsSummary(name, path) : readAsLog(name, path);
    if (typeof read === "string") inputs.skipped.push({ run: name, reason: read });
    else inputs.runs.push({ ...read, path });
  }
  return inputs;
}

/** The facts, or why there are none. */
function readAsLog(name: string, path: string): RunFacts | string {
  try {
    const events = readRunLog(path);
    if (events.some(({ type }) => type === "gate_started"))
      return "a gate's run: its own report holds the candidate against the baseline";
    if (events.some(({ type }) => type === "capacity_started")) return "a capacity run: it has no calls to compare";
    if (events.some((event) => event.type === "run_started" && event.engine === null))
      return "nothing was started in it";
    if (!events.some(({ type }) => type === "run_finished"))
      return "its log has no end: it is still running, or was killed";
    return factsOfLog(name, events);
  } catch (error) {
    if (error instanceof RunLogError) return error.message.replace(`${path}: `, "").replace(`${path}:`, "line ");
    if (error instanceof TypeError) return `its log cannot be made sense of (${error.message})`;
    throw error;
  }
}

function readAsSummary(name: string, path: string): RunFacts | string {
  try {
    const read = readSummary(readFileSync(path, "utf8"));
    return "fault" in read ? read.fault : factsOfSummary(name, read.summary);
  } catch (error) {
    return whyUnreadable(error);
  }
}

/** By its folder's name, and by more of its path where two have the same. */
function namesOf(files: readonly string[]): string[] {
  const isOwn = (file: string) => [LOG_FILE, "summary.json"].includes(basename(file));
  const places = files.map((file) => (isOwn(file) ? dirname(file) : file));
  return places.map((place) => {
    const parts = place.split("/");
    for (let count = 1; count < parts.length; count += 1) {
      const name = parts.slice(-count).join("/");
      if (places.filter((other) => other === name || other.endsWith(`/${name}`)).length === 1) return name;
    }
    return place;
  });
}

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FORMS, type Form } from "../model/field-failure.ts";
import { nearest } from "../model/nearest.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { GATE_TAG, isGateMutationsValue } from "./gate-mutation-faults.ts";
import { isFailureFile, loadScenario, scenarioName } from "./load-scenario.ts";
import { valueAt } from "./read.ts";

/** `form`: the file is a failure's, and has two scenarios. */
export type ScenarioFile = { name: string; file: string; form?: Form };

/** Where in a folder of scenarios the failures are: each file there is two scenarios. */
const FAILURES_FOLDER = "failures";

/** The scenarios of a folder by name, failures last. Tests, declarations and files that begin with `_` are none. */
export async function listScenarios(dir: string): Promise<ScenarioFile[]> {
  const failures = join(dir, FAILURES_FOLDER);
  const [own, broken] = await Promise.all([filesIn(dir), existsSync(failures) ? filesIn(failures) : []]);
  return [...own.map((file) => ({ name: scenarioName(file), file })), ...broken.flatMap(formsOf)];
}

async function filesIn(dir: string): Promise<string[]> {
  const files = await readdir(dir);
  return files
    .filter((file) => /^[^._][^.]*\.ts$/.test(file))
    .toSorted((a, b) => (scenarioName(a) < scenarioName(b) ? -1 : 1))
    .map((file) => join(dir, file));
}

function formsOf(file: string): ScenarioFile[] {
  return FORMS.map((form) => ({ name: `${scenarioName(file)}-${form}`, file, form }));
}

/** The names that select it: a failure's own is that of both forms. */
export function namesOf({ name, file, form }: ScenarioFile): string[] {
  return form === undefined ? [name] : [scenarioName(file), name];
}

/**
 * Finds what the words of a command line select, in their order and each scenario once: files (with a `/`, or
 * ending in `.ts`), names, else tags. No words select nothing. What is found stands beside the faults, so that the faults
 * inside of it can be told in the same message.
 */
export async function resolveSelection(
  words: readonly string[],
  dir: string,
): Promise<{ scenarios: ScenarioFile[]; faults: Fault[] }> {
  const all = await listScenarios(dir);
  const named = (word: string) => all.filter((one) => namesOf(one).includes(word));
  const tags = words.some((word) => !isFile(word) && named(word).length === 0) ? await readTags(all) : NO_TAGS;
  const selected = new Map<string, ScenarioFile>();
  const faults: Fault[] = [];
  for (const word of words) {
    const byName = named(word);
    const found = isFile(word) ? await scenariosAt(word) : byName.length > 0 ? byName : (tags.files.get(word) ?? []);
    if (found.length === 0) faults.push(unknownWord(word, all, [...tags.files.keys()]));
    for (const scenario of found) {
      const other = selected.get(scenario.name);
      if (other && resolve(other.file) !== resolve(scenario.file)) faults.push(sameName(other, scenario));
      selected.set(scenario.name, other ?? scenario);
    }
    const [first, second] = isFile(word) ? [] : distinctFiles(byName);
    if (first && second) faults.push(sameName(first, second));
  }
  // A file that does not load may carry the tag that was asked for: leaving it out silently would pass too easily.
  const files = new Set([...selected.values()].map(({ file }) => file));
  const unread = [...tags.faults].flatMap(([file, own]) => (files.has(file) ? [] : own));
  return { scenarios: [...selected.values()], faults: [...unread, ...faults] };
}

/** One for each file; a name is one file's. */
function distinctFiles(scenarios: readonly ScenarioFile[]): ScenarioFile[] {
  return [...new Map(scenarios.map((one) => [one.file, one])).values()];
}

async function scenariosAt(file: string): Promise<ScenarioFile[]> {
  return (await isFailureFile(file)) ? formsOf(file) : [{ name: scenarioName(file), file }];
}

/** `files` by tag; `faults` by the path of the file that does not load. */
type Tags = { files: Map<string, ScenarioFile[]>; faults: Map<string, Fault[]> };
const NO_TAGS: Tags = { files: new Map(), faults: new Map() };

function isFile(word: string): boolean {
  return word.includes("/") || word.endsWith(".ts");
}

async function readTags(all: readonly ScenarioFile[]): Promise<Tags> {
  const tags: Tags = { files: new Map(), faults: new Map() };
  for (const one of all) {
    const loaded = await loadScenario(one.file, one.form);
    if ("faults" in loaded) {
      const [name] = namesOf(one);
      tags.faults.set(
        one.file,
        loaded.faults.map((fault) => ({ ...fault, place: `${name}: ${fault.place}` })),
      );
    } else {
      const own = isGateMutationsValue(loaded.value) ? [GATE_TAG] : valueAt(loaded.value, ["tags"]);
      for (const tag of Array.isArray(own) ? own.map(String) : [])
        tags.files.set(tag, [...(tags.files.get(tag) ?? []), one]);
    }
  }
  return tags;
}

function unknownWord(word: string, all: readonly ScenarioFile[], tags: readonly string[]): Fault {
  const names = [...new Set(all.flatMap(namesOf))];
  const near = nearest(word, [...names, ...tags]);
  const legal = `Scenarios: ${names.join(", ") || "none"}.${tags.length > 0 ? ` Tags: ${tags.join(", ")}.` : ""}`;
  return {
    place: "selection",
    expected: "a scenario's name, a tag, or a file",
    found: show(word),
    hint: near === undefined ? legal : `Did you mean "${near}"? ${legal}`,
  };
}

/** A run's log tells scenarios apart by name. */
function sameName(one: ScenarioFile, other: ScenarioFile): Fault {
  return { place: "selection", expected: "scenarios of different names", found: `${one.file} and ${other.file}` };
}

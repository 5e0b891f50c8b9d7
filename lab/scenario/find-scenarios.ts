import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { nearest } from "../model/nearest.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { loadScenario, scenarioName } from "./load-scenario.ts";
import { valueAt } from "./read.ts";

type ScenarioFile = { name: string; file: string };

/** The scenario files of a folder by name. Tests, declarations and files that begin with `_` are none. */
export async function listScenarios(dir: string): Promise<ScenarioFile[]> {
  const files = await readdir(dir);
  return files
    .filter((file) => /^[^._][^.]*\.ts$/.test(file))
    .map((file) => ({ name: scenarioName(file), file: join(dir, file) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
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
  const tags = words.some((word) => !isFile(word) && !all.some(({ name }) => name === word))
    ? await readTags(all)
    : NO_TAGS;
  const selected = new Map<string, ScenarioFile>();
  const faults: Fault[] = [];
  for (const word of words) {
    const found = isFile(word)
      ? [{ name: scenarioName(word), file: word }]
      : all.some(({ name }) => name === word)
        ? all.filter(({ name }) => name === word)
        : (tags.files.get(word) ?? []);
    if (found.length === 0) faults.push(unknownWord(word, all, [...tags.files.keys()]));
    for (const scenario of found) {
      const other = selected.get(scenario.name);
      if (other && resolve(other.file) !== resolve(scenario.file)) faults.push(sameName(other, scenario));
      selected.set(scenario.name, other ?? scenario);
    }
  }
  // A file that does not load may carry the tag that was asked for: leaving it out silently would pass too easily.
  const unread = [...tags.faults].flatMap(([name, own]) => (selected.has(name) ? [] : own));
  return { scenarios: [...selected.values()], faults: [...unread, ...faults] };
}

/** `files` by tag; `faults` by the name of the file that does not load. */
type Tags = { files: Map<string, ScenarioFile[]>; faults: Map<string, Fault[]> };
const NO_TAGS: Tags = { files: new Map(), faults: new Map() };

function isFile(word: string): boolean {
  return word.includes("/") || word.endsWith(".ts");
}

async function readTags(all: readonly ScenarioFile[]): Promise<Tags> {
  const tags: Tags = { files: new Map(), faults: new Map() };
  for (const one of all) {
    const loaded = await loadScenario(one.file);
    if ("faults" in loaded) {
      tags.faults.set(
        one.name,
        loaded.faults.map((fault) => ({ ...fault, place: `${one.name}: ${fault.place}` })),
      );
    } else {
      const own = valueAt(loaded.value, ["tags"]);
      for (const tag of Array.isArray(own) ? own.map(String) : [])
        tags.files.set(tag, [...(tags.files.get(tag) ?? []), one]);
    }
  }
  return tags;
}

function unknownWord(word: string, all: readonly ScenarioFile[], tags: readonly string[]): Fault {
  const names = all.map(({ name }) => name);
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

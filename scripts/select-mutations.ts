import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { EditError, editConfig, linesOf } from "../lab/gate/edit-config.ts";
import type { GateFault, GateMutation, GateMutationBase, GateMutations } from "../lab/model/gate-mutation.ts";
import { didYouMean, nearest } from "../lab/model/nearest.ts";
import { type Fault, formatFaults, show } from "../lab/scenario/fault.ts";
import { resolveSelection, type ScenarioFile } from "../lab/scenario/find-scenarios.ts";
import { checkGateMutations, isGateMutationsValue } from "../lab/scenario/gate-mutation-faults.ts";
import { loadScenario } from "../lab/scenario/load-scenario.ts";
import { InvalidInput } from "./invalid-input.ts";
import { BUNDLE_SUFFIX } from "./pack-bundle.ts";
import { SCENARIO_FOLDER } from "./select.ts";
import { unreadableFile } from "./unreadable-file.ts";

/** A file with its text; `path` as a message shows it. */
type ReadFile = { path: string; text: string };

/** A mutation with all that a gate needs of files: the base as it is, and as it was changed. */
export type ReadyMutation = {
  base: { config: ReadFile; profile: ReadFile };
  /** The changed turnserver.conf. */
  text: string;
} & ({ kind: "fault"; mutation: GateFault } | { kind: "harmless"; mutation: GateMutation });

export type SelectedMutations = { name: string; description: string; all: ReadyMutation[] };

/** `SET/WORD`: of a set one mutation, `faults`, `harmless`, or those whose names begin with the word. */
const PART = /^([\w-]+)\/([^/]*)$/;

/**
 * The set of mutations that words select, or null where they select none: scenarios are another's.
 * @throws InvalidInput with everything that is wrong with the set, or where scenarios stand beside it.
 */
export async function selectMutations(
  words: readonly string[],
  folder = SCENARIO_FOLDER,
): Promise<SelectedMutations | null> {
  const parts = words.filter((word) => !BUNDLE_SUFFIX.test(word)).map((word) => partOf(word, folder));
  const { scenarios } = await resolveSelection([...new Set(parts.map(({ set }) => set))], folder);
  const sets: { file: ScenarioFile; value: unknown }[] = [];
  for (const file of scenarios.filter(({ form }) => form === undefined)) {
    const loaded = await loadScenario(file.file);
    if ("value" in loaded && isGateMutationsValue(loaded.value)) sets.push({ file, value: loaded.value });
  }
  const [set] = sets;
  if (!set) return null;
  const others = scenarios.filter(({ file }) => file !== set.file.file).map(({ name }) => name);
  if (others.length > 0 || scenarios.length < new Set(parts.map(({ set: own }) => own)).size) {
    const found = `${set.file.name} and ${others.join(", ") || "words that select nothing"}`;
    throw refusal("command line", [{ place: "selection", expected: `${set.file.name} alone: it runs gates`, found }]);
  }
  const checked = checkGateMutations(set.value);
  if ("faults" in checked) throw refusal(set.file.file, checked.faults);
  const ready = readAll(checked.mutations, set.file.file);
  return {
    name: set.file.name,
    description: checked.mutations.description,
    all: chosenOf(ready, parts, set.file.name),
  };
}

type Part = { set: string; word: string | null };

function partOf(word: string, folder: string): Part {
  const [, set = "", own = null] = PART.exec(word) ?? [];
  if (own === null || existsSync(word)) return { set: word, word: null };
  if (existsSync(join(folder, `${set}.ts`))) return { set, word: own };
  // A folder's name that is nearly a set's is a set's: there is no such folder.
  const near = existsSync(set) ? undefined : nearest(set, namesIn(folder));
  if (near === undefined) return { set: word, word: null };
  const expected = "SET/NAME of a set of mutations, or a scenario's file";
  const hint = `Did you mean "${near}/${own}"?`;
  throw refusal("command line", [{ place: "selection", expected, found: show(word), hint }]);
}

function namesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => (/^[a-z].*\.ts$/.test(name) ? [basename(name, ".ts")] : []));
}

function chosenOf(all: readonly ReadyMutation[], parts: readonly Part[], set: string): ReadyMutation[] {
  const words = parts.flatMap(({ word }) => (word === null ? [] : [word]));
  if (words.length < parts.length) return [...all];
  const names = all.map(({ mutation }) => mutation.name);
  const isMeant = ({ kind, mutation }: ReadyMutation, word: string) =>
    word === "faults"
      ? kind === "fault"
      : word === "harmless"
        ? kind === "harmless"
        : names.includes(word)
          ? mutation.name === word
          : word !== "" && mutation.name.startsWith(word);
  const unknown = words.filter((word) => !all.some((one) => isMeant(one, word)));
  if (unknown.length > 0) {
    const expected = "a mutation's name, what names begin with, faults, or harmless";
    throw refusal(
      "command line",
      unknown.map((word) => {
        const { hint = "" } = didYouMean(word, names);
        const list = `./turnlab list ${set} tells every name.`;
        return { place: "selection", expected, found: show(word), hint: `${hint} ${list}`.trim() };
      }),
    );
  }
  return all.filter((one) => words.some((word) => isMeant(one, word)));
}

/** Reads every base and makes every edit; what does not fit is told of all of them. */
function readAll(set: GateMutations, file: string): ReadyMutation[] {
  const faults: Fault[] = [];
  const read = (place: string, path: string): ReadFile => {
    const full = resolve(dirname(file), path);
    const shown = relative(process.cwd(), full);
    try {
      return { path: shown, text: readFileSync(full, "utf8") };
    } catch (error) {
      faults.push(unreadableFile(place, "a file", shown, error));
      return { path: shown, text: "" };
    }
  };
  const bases = new Map(
    Object.entries(set.bases).map(([name, { config, profile }]: [string, GateMutationBase]) => [
      name,
      { config: read(`bases.${name}.config`, config), profile: read(`bases.${name}.profile`, profile) },
    ]),
  );
  const [first] = bases.keys();
  const ready = (mutation: GateMutation, place: string) => {
    const base = bases.get(mutation.base ?? first ?? "");
    if (!base || base.config.text === "") return [];
    try {
      return [{ base, text: editConfig(base.config.text, mutation.change) }];
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      faults.push({ place: `${place}.change`, expected: "edits that fit the base", found: error.message });
      return [];
    }
  };
  const all: ReadyMutation[] = [
    ...set.faults.flatMap((mutation, index) =>
      ready(mutation, `faults[${index}]`).map((one) => ({ ...one, kind: "fault" as const, mutation })),
    ),
    ...set.harmless.flatMap((mutation, index) =>
      ready(mutation, `harmless[${index}]`).map((one) => ({ ...one, kind: "harmless" as const, mutation })),
    ),
  ];
  faults.push(...all.flatMap((one) => lineFaults(one)));
  if (faults.length > 0) throw refusal(file, faults);
  return all;
}

/** A fault's lines have to be in the changed file. */
function lineFaults(one: ReadyMutation): Fault[] {
  if (one.kind === "harmless" || one.mutation.line === null) return [];
  const missing = [one.mutation.line].flat().filter((ref) => linesOf(one.text, ref).length === 0);
  const place = `${one.mutation.name}.line`;
  return missing.map((ref) => ({ place, expected: "a line of the changed file", found: show(ref) }));
}

function refusal(heading: string, faults: readonly Fault[]): InvalidInput {
  return new InvalidInput(formatFaults(heading, faults));
}

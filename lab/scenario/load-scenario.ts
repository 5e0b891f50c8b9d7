import { access } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Scenario } from "../model/scenario.ts";
import { checkScenario } from "./check-scenario.ts";
import type { Fault } from "./fault.ts";

export type LoadedScenario = { name: string; file: string; scenario: Scenario };
export type FaultyScenario = { name: string; file: string; faults: Fault[] };

/** The name of a scenario: that of its file, without `.ts`. */
export function scenarioName(file: string): string {
  return basename(file, ".ts");
}

/** Loads and checks one scenario file. Rejects never: whatever is wrong with the file is among the faults. */
export async function loadScenario(file: string): Promise<LoadedScenario | FaultyScenario> {
  const name = scenarioName(file);
  const imported = await importFile(resolve(file));
  if ("faults" in imported) return { name, file, faults: imported.faults };
  if (!Object.hasOwn(imported.module, "default")) {
    const exported = Object.keys(imported.module);
    const found = exported.length === 0 ? "no export at all" : `only ${exported.join(", ")}`;
    return { name, file, faults: [{ place: file, expected: "export default defineScenario({ … })", found }] };
  }
  return { name, file, ...checkScenario(imported.module.default, name) };
}

async function importFile(file: string): Promise<{ module: Record<string, unknown> } | { faults: Fault[] }> {
  try {
    await access(file);
  } catch {
    return { faults: [{ place: file, expected: "a scenario file", found: "no file that can be read" }] };
  }
  try {
    return { module: await import(pathToFileURL(file).href) };
  } catch (error) {
    return { faults: [importFault(file, error)] };
  }
}

/** What Node says about a file that does not load, with the line where it tells one. */
function importFault(file: string, error: unknown): Fault {
  const isError = error instanceof Error;
  return {
    place: (isError ? firstPlace(error.stack ?? "") : null) ?? file,
    expected: "TypeScript that Node can run: types that can be erased, imports that end in .ts",
    found: isError ? `${error.name}: ${error.message}` : String(error),
  };
}

/** `FILE:LINE` of the first file that a stack names; Node's own modules are named otherwise. */
function firstPlace(stack: string): string | null {
  const match = /(file:\/\/\/[^\n]+?|\/[^\n:]+?\.[cm]?[jt]s):(\d+)/.exec(stack);
  if (!match) return null;
  const [, where = "", line] = match;
  return `${where.startsWith("file:") ? fileURLToPath(where) : where}:${line}`;
}

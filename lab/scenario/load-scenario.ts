import { access } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Form } from "../model/field-failure.ts";
import { isFailureValue, scenarioOf } from "./failure-forms.ts";
import type { Fault } from "./fault.ts";

/** The name of a scenario: that of its file, without `.ts`. */
export function scenarioName(file: string): string {
  return basename(file, ".ts");
}

/**
 * Loads what a scenario file exports, unchecked: `checkScenario` is next. `form`: of a failure's file, which of its two.
 * Never rejects: a file that is missing, does not parse or exports nothing is a fault with its place.
 */
export async function loadScenario(file: string, form?: Form): Promise<{ value: unknown } | { faults: Fault[] }> {
  const loaded = await loadDefault(file);
  if ("faults" in loaded) return loaded;
  if (form !== undefined) return scenarioOf(loaded.value, form, file);
  if (!isFailureValue(loaded.value)) return loaded;
  const hint = "A failure is one in scenarios/failures/, or by its path.";
  return { faults: [{ place: file, expected: "a scenario", found: "a failure with its two forms", hint }] };
}

/** Whether a file exports a failure with its two forms. */
export async function isFailureFile(file: string): Promise<boolean> {
  const loaded = await loadDefault(file);
  return "value" in loaded && isFailureValue(loaded.value);
}

async function loadDefault(file: string): Promise<{ value: unknown } | { faults: Fault[] }> {
  const imported = await importFile(resolve(file));
  if ("faults" in imported) return imported;
  const { module } = imported;
  if (Object.hasOwn(module, "default")) return { value: module.default };
  const others = Object.keys(module);
  const found = others.length === 0 ? "no export at all" : `only the export ${others.join(", ")}`;
  return { faults: [{ place: file, expected: "export default defineScenario({ … })", found }] };
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

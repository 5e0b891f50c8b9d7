import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { scenarioName } from "../lab/scenario/load-scenario.ts";
import { InvalidInput } from "./invalid-input.ts";

/** What a scenario may be called: its file's name without `.ts` (lab/scenario/check-scenario.ts). */
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Where a new scenario file goes; nothing is overwritten. @throws InvalidInput where it cannot be written there */
export function checkScenarioFile(out: string | undefined): void {
  const faults: string[] = [];
  const folder = dirname(resolve(out ?? "scenario.ts"));
  if (!isWritable(folder))
    faults.push(
      `${out ? `--out ${out}` : "the current folder"}: expected a folder that can be written, found ${folder}`,
    );
  if (out !== undefined) {
    if (existsSync(out)) faults.push(`--out ${out}: expected a new file, found one that is there; name another`);
    const name = scenarioName(out);
    if (!out.endsWith(".ts") || !NAME.test(name))
      faults.push(
        `--out ${out}: expected a name of a-z, 0-9 and - that ends in .ts, found "${name}": it is the scenario's name`,
      );
  }
  if (faults.length > 0) throw new InvalidInput(faults.join("\n"));
}

/** The file that was asked for, or one in the current folder that is not there yet. */
export function chooseScenarioFile(out: string | undefined, code: string): string {
  if (out !== undefined) return resolve(out);
  const name = `reproduced-${code.replaceAll("_", "-")}`;
  for (let count = 1; ; count++) {
    const file = resolve(count === 1 ? `${name}.ts` : `${name}-${count}.ts`);
    if (!existsSync(file)) return file;
  }
}

/** How a file imports the lab. */
export function importOfLab(file: string): string {
  const path = relative(dirname(file), join(PROJECT_ROOT, "lab", "index.ts"));
  return path.startsWith(".") ? path : `./${path}`;
}

export const writeNewFile = (file: string, text: string) => writeFileSync(file, text, { flag: "wx" });

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

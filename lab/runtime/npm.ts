import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "./find-program.ts";
import { MissingError } from "./missing.ts";
import { runProgram } from "./run-program.ts";

const NPM_TIMEOUT_MS = 300_000;

/** Installs what a lockfile of the project pins (`package.json` and `package-lock.json` in `from`) into another folder. */
export async function npmCi(from: string, into: string, options: readonly string[] = []): Promise<void> {
  if (findProgram("npm") === null) {
    throw new MissingError("npm is missing; the images need packages from the npm registry.", [
      "sudo apt-get install npm",
    ]);
  }
  for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(from, file), join(into, file));
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await runProgram("npm", ["ci", "--ignore-scripts", ...quiet, ...options], { cwd: into, timeoutMs: NPM_TIMEOUT_MS });
}

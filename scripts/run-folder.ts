import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { InvalidInput } from "./invalid-input.ts";

export const RUNS_FOLDER = join(PROJECT_ROOT, "reports", "runs");
export const LOG_FILE = "run.jsonl";

/** Where a run writes. Checked before anything starts; made only by `prepare`. */
export type RunFolder = { path: string; prepare(): void };

/**
 * `--out DIR` is the run folder itself: a former run in it is replaced, anything else in it is refused.
 * @throws InvalidInput
 */
export function chooseRunFolder(out: string | undefined, runId: string): RunFolder {
  const path = out === undefined ? join(RUNS_FOLDER, runId) : resolve(out);
  const former = existsSync(path) ? formerRun(path) : [];
  return {
    path,
    prepare: () => {
      for (const entry of former) rmSync(join(path, entry), { recursive: true, force: true });
      mkdirSync(join(path, "logs"), { recursive: true });
    },
  };
}

function formerRun(path: string): string[] {
  if (!statSync(path).isDirectory()) throw new InvalidInput(`--out ${path}: expected a folder, found a file`);
  const entries = readdirSync(path);
  if (entries.length > 0 && !entries.includes(LOG_FILE)) {
    throw new InvalidInput(
      `--out ${path}: expected a new or empty folder or a former run, found ${entries.length} other entries (${entries.slice(0, 3).join(", ")}); name another folder`,
    );
  }
  return entries;
}

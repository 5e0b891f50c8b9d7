import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidInput } from "./invalid-input.ts";
import { RUNS_FOLDER } from "./run-folder.ts";

/** Where the gates of a set write: a new or empty folder, with one for each gate in it. @throws InvalidInput */
export function chooseMutationsFolder(out: string | undefined, runId: string): string {
  if (out === undefined) return join(RUNS_FOLDER, `${runId}-mutations`);
  const path = resolve(out);
  if (!existsSync(path)) return path;
  const [first] = readable(path);
  if (first === undefined) return path;
  throw new InvalidInput(`--out ${path}: expected a new or empty folder, found ${first} in it; name another folder`);
}

function readable(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InvalidInput(`--out ${path}: expected a folder, found ${code === "ENOTDIR" ? "a file" : code}`, {
      cause: error,
    });
  }
}

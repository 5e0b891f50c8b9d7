import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { whyUnreadable } from "../lab/model/unreadable.ts";
import { badInput } from "./invalid-input.ts";
import { RUNS_FOLDER } from "./run-folder.ts";

/** Where the gates of a set write: a new or empty folder, with one for each gate in it. @throws InvalidInput */
export function chooseMutationsFolder(out: string | undefined, runId: string): string {
  if (out === undefined) return join(RUNS_FOLDER, `${runId}-mutations`);
  const path = resolve(out);
  if (!existsSync(path)) return path;
  const [first] = readable(path);
  if (first === undefined) return path;
  throw badInput({
    place: `--out ${path}`,
    expected: "a new or empty folder",
    found: `${first} in it`,
    hint: "Name another folder: --out DIR.",
  });
}

function readable(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    const isFile = (error as NodeJS.ErrnoException).code === "ENOTDIR";
    const found = isFile ? "a file" : whyUnreadable(error);
    throw badInput({ place: `--out ${path}`, expected: "a folder", found }, { cause: error });
  }
}

import { readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { nearest } from "../lab/model/nearest.ts";
import { whyUnreadable } from "../lab/model/unreadable.ts";
import type { Fault } from "../lab/scenario/fault.ts";

/** A file that the command line names and that cannot be read: why, and the file that was perhaps meant, or where it was looked for. */
export function unreadableFile(place: string, what: string, file: string, error: unknown): Fault {
  const fault = { place, expected: `${what} that can be read`, found: `${file}: ${whyUnreadable(error)}` };
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return fault;
  const near = nearName(basename(file), namesIn(dirname(file)));
  return {
    ...fault,
    hint:
      near === undefined ? `It was looked for at ${resolve(file)}.` : `Did you mean "${join(dirname(file), near)}"?`,
  };
}

/** Near without its extension as well, which most files of a folder share. */
function nearName(name: string, names: readonly string[]): string | undefined {
  const near = nearest(name, names);
  const stem = (of: string) => basename(of, extname(of));
  return near !== undefined && nearest(stem(name), [stem(near)]) !== undefined ? near : undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Prometheus' own programs are not in the project: where they are installed, tests ask them as well. */
export function findProgram(name: string): string | null {
  const places = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return places.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where daemons live, and where the PATH of a user or a CI step often does not look. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The program's full path, or null. */
export function findProgram(name: string, path = process.env.PATH ?? ""): string | null {
  for (const folder of [...path.split(delimiter), ...SYSTEM_FOLDERS]) {
    if (folder === "") continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { EvidenceFile } from "../lab/evidence/reader.ts";
import { InvalidInput } from "./invalid-input.ts";

/** A text longer than this Node cannot hold in one string (buffer.constants.MAX_STRING_LENGTH is 2^29 - 24). */
const MAX_BYTES = 2 ** 29 - 24;

/** The files of a command line, named without their folders. @throws InvalidInput with the faults of all */
export function loadEvidenceFiles(paths: readonly string[]): EvidenceFile[] {
  const faults: string[] = [];
  const names = new Map<string, number>();
  const files = paths.flatMap((path): EvidenceFile[] => {
    try {
      const { size } = statSync(path);
      if (size > MAX_BYTES) {
        faults.push(
          `${path}: expected at most ${MAX_BYTES >> 20} MiB, found ${size >> 20} MiB; cut out the call that failed`,
        );
        return [];
      }
      const bytes = readFileSync(path);
      const name = basename(path);
      const count = (names.get(name) ?? 0) + 1;
      names.set(name, count);
      return [{ name: count === 1 ? name : `${name} (${count})`, bytes }];
    } catch (error) {
      faults.push(`${path}: expected a file that can be read, found ${reasonOf(error as NodeJS.ErrnoException)}`);
      return [];
    }
  });
  if (faults.length > 0) throw new InvalidInput(faults.join("\n"));
  return files;
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "none";
  return code === "EISDIR" ? "a folder" : message;
}

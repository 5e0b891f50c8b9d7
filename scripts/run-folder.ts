import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { whyUnreadable } from "../lab/model/unreadable.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { LOG_FILE } from "../reports/run-log.ts";
import { badInput } from "./invalid-input.ts";

const OTHER = "Name another folder: --out DIR.";

export const RUNS_FOLDER = join(PROJECT_ROOT, "reports", "runs");

/** What a run writes into its folder; reports/write-reports.ts replaces files by way of a temporary one. */
const RUN_FILE =
  /^(run\.jsonl|(summary\.json|report\.md|report\.html|junit\.xml|gate\.json|gate\.md|gate\.junit\.xml|capacity\.json|capacity\.md)(\.\d+\.tmp)?)$/;
const LOGS_FOLDER = "logs";
/** The folders in it, and what their files are called. */
const FOLDERS: ReadonlyMap<string, RegExp> = new Map([
  [LOGS_FOLDER, /^[a-z0-9-]+\.[\w-]+\.log$/],
  // SCENARIO.NODE.WIRE.pcap; names have no dots.
  ["captures", /^[a-z0-9-]+\.([\w-]+\.[\w-]+\.pcap|keys)$/],
  ["rules", /^[a-z0-9-]+\.[\w-]+\.(before|after)\.txt$/],
  ["dumps", /^[a-z0-9-]+\.[\w-]+\.(webrtc-internals\.json|about-webrtc\.html)$/],
]);

/** Where a run writes. Checked before anything starts; made only by `prepare`. */
type RunFolder = {
  path: string;
  prepare(): void;
  /** Writes what a run keeps besides: `file` is `FOLDER/NAME`. */
  keep(file: string, content: string | Buffer): void;
};

/**
 * `--out DIR` is the run folder itself: a former run in it is replaced, anything else in it is refused.
 * @throws InvalidInput also when the folder could not be made or written.
 */
export function chooseRunFolder(out: string | undefined, runId: string): RunFolder {
  const path = out === undefined ? join(RUNS_FOLDER, runId) : resolve(out);
  const subject = out === undefined ? `run folder ${path}` : `--out ${path}`;
  const files = existsSync(path) ? formerRun(path, subject) : [];
  refuseUnwritable(path, subject);
  return {
    path,
    prepare: () => {
      for (const file of files) rmSync(file, { force: true });
      mkdirSync(join(path, LOGS_FOLDER), { recursive: true });
    },
    keep: (file, content) => {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content);
    },
  };
}

/** The files of the run that stands there, by their full names. */
function formerRun(path: string, subject: string): string[] {
  if (!statSync(path).isDirectory())
    throw badInput({ place: subject, expected: "a folder", found: "a file", hint: OTHER });
  const files: string[] = [];
  const foreign: string[] = [];
  for (const entry of list(path, subject)) {
    const ours = FOLDERS.get(entry.name);
    if (ours && entry.isDirectory()) {
      for (const file of list(join(path, entry.name), subject)) {
        if (file.isFile() && ours.test(file.name)) files.push(join(path, entry.name, file.name));
        else foreign.push(join(entry.name, file.name));
      }
    } else if (entry.isFile() && RUN_FILE.test(entry.name)) files.push(join(path, entry.name));
    else foreign.push(entry.name);
  }
  // A folder with reports or logs and no log of a run is somebody else's.
  if (files.length > 0 && !files.includes(join(path, LOG_FILE)))
    foreign.push(...files.map((file) => file.slice(path.length + 1)));
  if (foreign.length === 0) return files;
  const shown = [...foreign.slice(0, 3), ...(foreign.length > 3 ? ["…"] : [])].join(", ");
  throw badInput({
    place: subject,
    expected: "a new or empty folder, or one with a former run and nothing else",
    found: `what is no run's (${shown})`,
    hint: OTHER,
  });
}

function list(folder: string, subject: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const found = `${folder}: ${whyUnreadable(error)}`;
    throw badInput({ place: subject, expected: "a folder that can be read", found, hint: OTHER }, { cause: error });
  }
}

/** Asks the folder, or what it would be made in. */
function refuseUnwritable(path: string, subject: string): void {
  const logs = join(path, LOGS_FOLDER);
  let place = isThere(logs) ? logs : path;
  while (!isThere(place)) place = dirname(place);
  if (place === logs) refuse(path);
  refuse(place);

  function refuse(folder: string): void {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      const found = `${folder}, which is no folder`;
      throw badInput({ place: subject, expected: "a folder, or one to make it in", found, hint: OTHER });
    }
    try {
      accessSync(folder, constants.W_OK | constants.X_OK);
    } catch (cause) {
      const found = `${folder}, which this user may not write`;
      throw badInput({ place: subject, expected: "a folder that can be written", found, hint: OTHER }, { cause });
    }
  }
}

/** Also what is a dangling symlink, which `existsSync` calls absent and `mkdir` cannot make. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // Below a file.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return false;
    throw error;
  }
}

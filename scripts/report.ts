import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { RENDERERS } from "../reports/render/index.ts";
import { LOG_FILE, RunLogError, readRunLog } from "../reports/run-log.ts";
import { summarize } from "../reports/summarize.ts";
import { writeReports } from "../reports/write-reports.ts";
import { InvalidInput } from "./invalid-input.ts";
import { RUNS_FOLDER } from "./run-folder.ts";
import { screenOf } from "./screen.ts";

/** `turnlab report RUN [--format F]`: from the log alone, here or on another machine. */
export async function reportCommand(folder: string, { format }: { format?: string }): Promise<number> {
  const path = [resolve(folder), join(RUNS_FOLDER, folder)].find((place) => existsSync(join(place, LOG_FILE)));
  if (!path)
    throw new InvalidInput(`report: expected a run folder with a ${LOG_FILE}, found none at ${resolve(folder)}`);
  if (format !== undefined && !Object.hasOwn(RENDERERS, format)) {
    throw new InvalidInput(`--format: expected one of ${Object.keys(RENDERERS).join(", ")}; found "${format}"`);
  }
  try {
    if (format === undefined) {
      writeReports(path);
      process.stderr.write(`reports in ${path} rewritten\n`);
    } else {
      const summary = summarize(readRunLog(join(path, LOG_FILE)));
      process.stdout.write(RENDERERS[format as keyof typeof RENDERERS](summary, screenOf(process.stdout)));
    }
  } catch (error) {
    throw asInvalidInput(error, path);
  }
  return 0;
}

/** A log that is no run's, or a folder that cannot be written, is the user's to mend; anything else is ours. */
function asInvalidInput(error: unknown, path: string): unknown {
  if (error instanceof RunLogError) return new InvalidInput(`report: ${error.message}`, { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") return error;
  return new InvalidInput(`report: ${path} cannot be written (${message}); --format prints instead`, { cause: error });
}

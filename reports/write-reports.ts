import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Summary } from "../lab/model/summary.ts";
import { renderJson } from "./render/json.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { LOG_FILE, readRunLog } from "./run-log.ts";
import { summarize } from "./summarize.ts";

/** Writes every report of the run in `runDir` from its log, and returns the summary. Throws RunLogError. */
export function writeReports(runDir: string): Summary {
  const summary = summarize(readRunLog(join(runDir, LOG_FILE)));
  replaceFile(join(runDir, "summary.json"), renderJson(summary));
  replaceFile(join(runDir, "report.md"), renderMarkdown(summary));
  return summary;
}

/** A reader sees the old file or the new one, never a half. */
export function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

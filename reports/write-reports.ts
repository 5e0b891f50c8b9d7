import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Summary } from "../lab/model/summary.ts";
import { renderHtml } from "./html/render-html.ts";
import { renderJson } from "./render/json.ts";
import { renderJunit } from "./render/junit.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { LOG_FILE, madeFromLog, readRunLog } from "./run-log.ts";
import { summarize } from "./summarize.ts";

/** Writes every report of the run in `runDir` from its log, and returns the summary. Throws RunLogError; then nothing is written. */
export function writeReports(runDir: string): Summary {
  const log = join(runDir, LOG_FILE);
  const events = readRunLog(log);
  const { summary, files } = madeFromLog(log, () => {
    const summary = summarize(events);
    const files = {
      "summary.json": renderJson(summary),
      "report.md": renderMarkdown(summary),
      "junit.xml": renderJunit(summary),
      "report.html": renderHtml(summary, events),
    };
    return { summary, files };
  });
  for (const [file, text] of Object.entries(files)) replaceFile(join(runDir, file), text);
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

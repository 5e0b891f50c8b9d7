import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RunEvent } from "../lab/model/events.ts";
import type { GateReport } from "../lab/model/gate.ts";
import { timelinesOf } from "../reports/describe-timeline.ts";
import { GATE_RENDERERS } from "../reports/gate/index.ts";
import { writeGateReports } from "../reports/gate/write-gate-reports.ts";
import { renderHtml } from "../reports/html/render-html.ts";
import { renderK6Ndjson } from "../reports/k6/ndjson.ts";
import { renderK6Summary, renderK6SummaryExport } from "../reports/k6/summary.ts";
import { RENDERERS } from "../reports/render/index.ts";
import { renderSessionTimeline } from "../reports/render/session-timeline.ts";
import { LOG_FILE, RunLogError, readRunLog } from "../reports/run-log.ts";
import { summarize } from "../reports/summarize.ts";
import { writeReports } from "../reports/write-reports.ts";
import { gateReport } from "./gate-reports.ts";
import { InvalidInput } from "./invalid-input.ts";
import { RUNS_FOLDER } from "./run-folder.ts";
import { screenOf } from "./screen.ts";

/** Made from the log itself, sample by sample. */
const LOG_RENDERERS = {
  html: (events: readonly RunEvent[]) => renderHtml(summarize(events), events),
  "k6-json": renderK6Ndjson,
  "k6-summary": renderK6Summary,
  "k6-summary-export": renderK6SummaryExport,
};

/** What `report` may be told to print; without either it rewrites the files. */
type ReportOptions = { format?: string; session?: string; scenario?: string };

/** `turnlab report RUN [--format F | --session N [--scenario S]]`: from the log alone, here or on another machine. */
export async function reportCommand(folder: string, { format, session, scenario }: ReportOptions): Promise<number> {
  const path = [resolve(folder), join(RUNS_FOLDER, folder)].find((place) => existsSync(join(place, LOG_FILE)));
  if (!path)
    throw new InvalidInput(`report: expected a run folder with a ${LOG_FILE}, found none at ${resolve(folder)}`);
  const gate = gateIn(path);
  const formats = gate ? Object.keys(GATE_RENDERERS) : [...Object.keys(RENDERERS), ...Object.keys(LOG_RENDERERS)];
  if (format !== undefined && !formats.includes(format))
    throw new InvalidInput(`--format: expected one of ${formats.join(", ")}; found "${format}"`);
  if (session !== undefined && format !== undefined)
    throw new InvalidInput("--session: prints one session's timeline to the terminal; leave --format out");
  if (session === undefined && scenario !== undefined)
    throw new InvalidInput("--scenario: says whose session is meant; name one with --session N");
  try {
    if (session !== undefined) {
      process.stdout.write(renderSessionTimeline(findTimelines(readRunLog(join(path, LOG_FILE)), session, scenario)));
    } else if (gate && format !== undefined) {
      process.stdout.write(GATE_RENDERERS[format as keyof typeof GATE_RENDERERS](gate, screenOf(process.stdout)));
    } else if (format === undefined) {
      if (gate) writeGateReports(path, gate);
      else writeReports(path);
      process.stderr.write(`reports in ${path} rewritten\n`);
    } else if (Object.hasOwn(LOG_RENDERERS, format)) {
      process.stdout.write(LOG_RENDERERS[format as keyof typeof LOG_RENDERERS](readRunLog(join(path, LOG_FILE))));
    } else {
      const summary = summarize(readRunLog(join(path, LOG_FILE)));
      process.stdout.write(RENDERERS[format as keyof typeof RENDERERS](summary, screenOf(process.stdout)));
    }
  } catch (error) {
    throw asInvalidInput(error, path);
  }
  return 0;
}

/** The report of the gate that a run was; null: it was none, or its log cannot be read, which is told later. */
function gateIn(path: string): GateReport | null {
  try {
    return gateReport(readRunLog(join(path, LOG_FILE)));
  } catch (error) {
    if (error instanceof RunLogError) return null;
    throw error;
  }
}

/** Numbers count from 1 in each scenario: where two have the same, the user says which. */
function findTimelines(events: readonly RunEvent[], session: string, scenario: string | undefined) {
  const finished = events.filter((event) => event.type === "session_finished");
  const ofScenario = finished.filter((event) => scenario === undefined || event.scenario === scenario);
  const numbered = ofScenario.filter((event) => String(event.session) === session);
  const [found, other] = numbered;
  if (!found) {
    const numbers = ofScenario.map((event) => event.session);
    const known = numbers.length === 0 ? "none" : `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
    const where = scenario === undefined ? "" : ` of scenario "${scenario}"`;
    throw new InvalidInput(
      `--session: expected the number of a finished session${where} (${known}); found "${session}"`,
    );
  }
  if (other) {
    const names = numbered.map((event) => event.scenario).join(", ");
    throw new InvalidInput(`--session: ${session} is one of several scenarios; add --scenario with one of ${names}`);
  }
  const timelines = timelinesOf(events, found.scenario, found.session);
  if (timelines.length > 0) return timelines;
  throw new InvalidInput(`--session: the log has no timeline of session ${session}: its peers had no last word`);
}

/** A log that is no run's, or a folder that cannot be written, is the user's to mend; anything else is ours. */
function asInvalidInput(error: unknown, path: string): unknown {
  if (error instanceof RunLogError) return new InvalidInput(`report: ${error.message}`, { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") return error;
  return new InvalidInput(`report: ${path} cannot be written (${message}); --format prints instead`, { cause: error });
}

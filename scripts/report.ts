import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RunEvent } from "../lab/model/events.ts";
import { didYouMean } from "../lab/model/nearest.ts";
import { renderCapacityHtml } from "../reports/capacity/html/capacity-html.ts";
import { CAPACITY_RENDERERS } from "../reports/capacity/index.ts";
import { writeCapacityReports } from "../reports/capacity/write-capacity-reports.ts";
import { timelinesOf } from "../reports/describe-timeline.ts";
import { renderGateHtml } from "../reports/gate/html/gate-html.ts";
import { GATE_RENDERERS } from "../reports/gate/index.ts";
import { writeGateReports } from "../reports/gate/write-gate-reports.ts";
import { renderHtml } from "../reports/html/render-html.ts";
import { renderK6Ndjson } from "../reports/k6/ndjson.ts";
import { renderK6Summary, renderK6SummaryExport } from "../reports/k6/summary.ts";
import { renderMetrics } from "../reports/openmetrics/metrics-so-far.ts";
import { RENDERERS } from "../reports/render/index.ts";
import { renderSessionTimeline } from "../reports/render/session-timeline.ts";
import { LOG_FILE, madeFromLog, RunLogError, readRunLog } from "../reports/run-log.ts";
import { summarize } from "../reports/summarize.ts";
import { writeReports } from "../reports/write-reports.ts";
import { capacityReports } from "./capacity-reports.ts";
import { gateReports } from "./gate-reports.ts";
import { badInput } from "./invalid-input.ts";
import { RUNS_FOLDER } from "./run-folder.ts";
import { screenOf } from "./screen.ts";

/** Made from the log itself, sample by sample. */
const LOG_RENDERERS = {
  html: (events: readonly RunEvent[]) => renderHtml(summarize(events), events),
  "k6-json": renderK6Ndjson,
  "k6-summary": renderK6Summary,
  "k6-summary-export": renderK6SummaryExport,
  openmetrics: (events: readonly RunEvent[]) => renderMetrics(events, "openmetrics"),
  prometheus: (events: readonly RunEvent[]) => renderMetrics(events, "prometheus"),
};

/** What `report` may be told to print; without either it rewrites the files. */
type ReportOptions = { format?: string; session?: string; scenario?: string };

/** `turnlab report RUN [--format F | --session N [--scenario S]]`: from the log alone, here or on another machine. */
export async function reportCommand(folder: string, { format, session, scenario }: ReportOptions): Promise<number> {
  const path = [resolve(folder), join(RUNS_FOLDER, folder)].find((place) => existsSync(join(place, LOG_FILE)));
  if (!path)
    throw badInput({
      place: "report",
      expected: `a run's folder, with its ${LOG_FILE}`,
      found: `none at ${resolve(folder)}`,
      hint: `A run says at its end where its reports are; without --out that is in ${RUNS_FOLDER}.`,
    });
  const gate = reportIn(path, gateReports);
  const capacity = reportIn(path, capacityReports);
  const formats = gate
    ? [...Object.keys(GATE_RENDERERS), "html"]
    : capacity
      ? [...Object.keys(CAPACITY_RENDERERS), "html"]
      : [...Object.keys(RENDERERS), ...Object.keys(LOG_RENDERERS)];
  if (format !== undefined && !formats.includes(format))
    throw badInput({
      place: "--format",
      expected: `one of ${formats.join(", ")}${gate ? " for a gate" : capacity ? " for a capacity run" : ""}`,
      found: `"${format}"`,
      ...didYouMean(format, formats),
    });
  if (session !== undefined && format !== undefined)
    throw badInput({
      place: "--session",
      expected: "no --format beside it: one session's timeline is printed for the terminal",
      found: `--format ${format}`,
      hint: "Leave --format out.",
    });
  if (session === undefined && scenario !== undefined)
    throw badInput({
      place: "--scenario",
      expected: "a --session whose scenario it says",
      found: "none",
      hint: `Name one: --session N --scenario ${scenario}`,
    });
  try {
    if (session !== undefined) {
      process.stdout.write(renderSessionTimeline(findTimelines(readRunLog(join(path, LOG_FILE)), session, scenario)));
    } else if (gate && format !== undefined) {
      const render = GATE_RENDERERS[format as keyof typeof GATE_RENDERERS];
      const { report, evidence } = gate;
      process.stdout.write(
        format === "html" ? renderGateHtml(report, evidence) : render(report, screenOf(process.stdout)),
      );
    } else if (capacity && format !== undefined) {
      const render = CAPACITY_RENDERERS[format as keyof typeof CAPACITY_RENDERERS];
      const { report, courses } = capacity;
      process.stdout.write(
        format === "html" ? renderCapacityHtml(report, courses) : render(report, screenOf(process.stdout)),
      );
    } else if (format === undefined) {
      if (gate) writeGateReports(path, gate.report, gate.evidence);
      else if (capacity) writeCapacityReports(path, capacity.report, capacity.courses);
      else writeReports(path);
      process.stderr.write(`reports in ${path} rewritten\n`);
    } else if (Object.hasOwn(LOG_RENDERERS, format)) {
      const render = LOG_RENDERERS[format as keyof typeof LOG_RENDERERS];
      const events = readRunLog(join(path, LOG_FILE));
      process.stdout.write(madeFromLog(join(path, LOG_FILE), () => render(events)));
    } else {
      const events = readRunLog(join(path, LOG_FILE));
      const render = RENDERERS[format as keyof typeof RENDERERS];
      process.stdout.write(
        madeFromLog(join(path, LOG_FILE), () => render(summarize(events), screenOf(process.stdout))),
      );
    }
  } catch (error) {
    throw asInvalidInput(error, path);
  }
  return 0;
}

/** The report of what a run was, if it was that; null: it was not, or its log cannot be read, which is told later. */
function reportIn<T>(path: string, read: (events: readonly RunEvent[]) => T | null): T | null {
  const log = join(path, LOG_FILE);
  try {
    const events = readRunLog(log);
    // A gate's log that does not go together is still no run's.
    return madeFromLog(log, () => read(events));
  } catch (error) {
    if (error instanceof RunLogError && error.code !== "does_not_go_together") return null;
    throw asInvalidInput(error, path);
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
    const expected = `the number of a finished session${where} (${known})`;
    throw badInput({ place: "--session", expected, found: `"${session}"` });
  }
  if (other) {
    const names = numbered.map((event) => event.scenario).join(", ");
    throw badInput({
      place: "--session",
      expected: "a session of one scenario",
      found: `${session} of several`,
      hint: `Add --scenario with one of ${names}.`,
    });
  }
  const timelines = timelinesOf(events, found.scenario, found.session);
  if (timelines.length > 0) return timelines;
  throw badInput({
    place: "--session",
    expected: "a session whose peers told what they did",
    found: `${session}, of which the log has no timeline: its peers had no last word`,
  });
}

/** A log that is no run's, or a folder that cannot be written, is the user's to mend; anything else is ours. */
function asInvalidInput(error: unknown, path: string): unknown {
  if (error instanceof RunLogError) {
    const fault = { place: join(path, LOG_FILE), expected: "the log of a run of this turnlab", found: error.message };
    return badInput(fault, { heading: "report", cause: error });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") return error;
  const fault = {
    place: path,
    expected: "a folder in which the reports can be written",
    found: `one that this user may not write (${code})`,
    hint: "--format terminal prints one instead.",
  };
  return badInput(fault, { heading: "report", cause: error });
}

/**
 * How long a report takes: from the log to the page, and in a browser. Without a RUN a log of 1,000 sessions is made up, of the shape
 * and size of real ones, for rendering alone: nothing ran, and nothing of it is a measure of a lab. `CHROMIUM` names the browser.
 *
 *     node scripts/bench-report.ts [RUN]
 */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import type { RunEvent } from "../lab/model/events.ts";
import type { TimelineEntry } from "../lab/model/timeline.ts";
import {
  failedSession,
  labUp,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "../reports/example-run.ts";
import { renderHtml } from "../reports/html/render-html.ts";
import { columns } from "../reports/render/columns.ts";
import { readRunLog } from "../reports/run-log.ts";
import { summarize } from "../reports/summarize.ts";

const SESSIONS = 1_000;
const TIMES = 5;
/** Of a real call through one server with all of its URLs: 60 to 70 steps at each end, half of them checks. */
const STEPS = 66;

const folder = mkdtempSync(join(tmpdir(), "bench-report-"));
try {
  const [given] = process.argv.slice(2);
  const log = given === undefined ? madeUp() : join(given, "run.jsonl");
  const made = Array.from({ length: TIMES }, () => render(log));
  const page = join(folder, "report.html");
  writeFileSync(page, made[0]?.html ?? "");
  const seen = await visit(page);
  const best = (of: (one: (typeof made)[number]) => number) => Math.min(...made.map(of));
  const total = best(({ readMs, summarizeMs, renderMs }) => readMs + summarizeMs + renderMs);
  const [logBytes, pageBytes] = [statSync(log).size, statSync(page).size];
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const rows = [
    ["log", `${(logBytes / 1e6).toFixed(2)} MB, ${made[0]?.events} events, ${made[0]?.sessions} sessions`, ""],
    ["read and checked", ms(best(({ readMs }) => readMs)), ""],
    ["summed up", ms(best(({ summarizeMs }) => summarizeMs)), ""],
    ["drawn", ms(best(({ renderMs }) => renderMs)), ""],
    ["log to page", ms(total), `${((100 * total) / 2_000).toFixed(0)} % of 2 s`],
    ["page", `${(pageBytes / 1e6).toFixed(2)} MB`, `${((100 * pageBytes) / logBytes).toFixed(0)} % of the log`],
    ["longest task, opening", ms(seen.openingMs), `${((100 * seen.openingMs) / 200).toFixed(0)} % of 200 ms`],
    ["longest task, a session", ms(seen.sessionMs), `${((100 * seen.sessionMs) / 200).toFixed(0)} % of 200 ms`],
  ];
  process.stdout.write(
    `${columns([["", `best of ${TIMES}`, "of what is allowed"], ...rows], ["left", "right", "right"]).join("\n")}\n`,
  );
  if (given === undefined)
    process.stdout.write("The log is made up: it says how long rendering takes, and nothing else.\n");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function render(log: string) {
  const times = [performance.now()];
  const lap = () => times.push(performance.now());
  const events = readRunLog(log);
  lap();
  const summary = summarize(events);
  lap();
  const html = renderHtml(summary, events);
  lap();
  const [readMs = 0, summarizeMs = 0, renderMs = 0] = times.slice(1).map((at, index) => at - (times[index] ?? at));
  const sessions = events.filter(({ type }) => type === "session_finished").length;
  return { readMs, summarizeMs, renderMs, html, events: events.length, sessions };
}

/** The longest task (W3C longtasks, from 50 ms on; 0 is none) until all has settled, and while every fold and a session open. */
async function visit(page: string): Promise<{ openingMs: number; sessionMs: number }> {
  const executablePath = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/lib/chromium/chromium"].find(
    existsSync,
  );
  if (executablePath === undefined) throw new Error("no Chromium here: name one in CHROMIUM");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const tab = await browser.newPage();
    await tab.addInitScript(
      `window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask", buffered: true });`,
    );
    const longest = async () =>
      Number(await tab.evaluate("new Promise((done) => setTimeout(() => done(Math.max(0, ...tasks.splice(0))), 300))"));
    await tab.goto(pathToFileURL(page).href);
    const openingMs = await longest();
    const fold = tab.locator("details:not(.sessions) > summary").first();
    if (!(await tab.locator(".sessions").first().isVisible()) && (await fold.count()) > 0) await fold.click();
    const sessions = tab.locator("details.sessions > summary").first();
    if ((await sessions.count()) > 0) {
      await sessions.click();
      await tab.waitForSelector(".session h4");
    }
    return { openingMs, sessionMs: await longest() };
  } finally {
    await browser.close();
  }
}

function madeUp(): string {
  const name = "made-up";
  const events: RunEvent[] = [
    runStarted(name),
    scenarioStarted(name),
    labUp(name, { turn: "turn" }),
    ...Array.from({ length: SESSIONS }, (_, index) => index + 1).flatMap((number) => [
      ...(["offerer", "answerer"] as const).map(
        (role): RunEvent => ({
          ...{ type: "session_timeline", at: 0, scenario: name, session: number, role, left: 0 },
          ...{ entries: steps(number), pairs: [] },
        }),
      ),
      ...session(
        number % 50 === 0
          ? failedSession(name, number, "ice_failed", "no pair answered")
          : sessionFinished(name, number, { at: runStarted().at + 1_000 + 10 * number }),
      ),
    ]),
    scenarioFinished(name),
    runFinished(),
  ];
  const file = join(folder, "run.jsonl");
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return file;
}

function steps(number: number): TimelineEntry[] {
  const remote = { type: "relay", address: "34.77.1.10", port: 49_152 + number } as const;
  const checks = Array.from(
    { length: STEPS - 8 },
    (_, index): TimelineEntry => ({
      ...{ atMs: 40 + index * 3, step: index % 2 === 0 ? "check-sent" : "check-answered", remote },
      local: { type: "host", address: "192.168.1.10", port: 40_000 + ((number * 7 + index) % 20_000) },
    }),
  );
  const url = "turn:turn.lab.test:3478?transport=udp";
  return [
    { atMs: 5, step: "gathering-started" },
    { atMs: 6, step: "url-tried", url },
    { atMs: 30, step: "url-answered", url },
    { atMs: 31, step: "gathering-ended" },
    ...checks,
    { atMs: 300, step: "selected", local: remote, remote, isRestart: false },
    { atMs: 380, step: "dtls-connected" },
    { atMs: 400, step: "first-data" },
    { atMs: 500, step: "ended", failure: null },
  ];
}

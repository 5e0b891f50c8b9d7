import { describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import type { Summary } from "../lab/model/summary.ts";
import { seededRandom } from "../lab/statistics/test-random.ts";
import { loadRun } from "./example-allocations.ts";
import { aGrid, gridRun } from "./example-grid.ts";
import {
  aScenario,
  exampleRun,
  failedSession,
  labUp,
  routerProbed,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  serverSampled,
  session,
  sessionFinished,
} from "./example-run.ts";
import { renderHtml } from "./html/render-html.ts";
import { RENDERERS } from "./render/index.ts";
import { madeFromLog, parseRunLog, RunLogError } from "./run-log.ts";
import { summarize } from "./summarize.ts";

// Thousands of logs are read.
vi.setConfig({ testTimeout: 30_000 });

const bytesOf = (events: readonly RunEvent[]) =>
  Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));

/** Small, so that each of its bytes can be the last one. */
const PASSING = [
  runStarted("a"),
  scenarioStarted("a", aScenario({ load: { executor: "per-vu-iterations", vus: 1, iterations: 2 } })),
  routerProbed("a", "home", "home"),
  labUp("a", { turn: "turn" }),
  ...session(sessionFinished("a", 1)),
  serverSampled("a"),
  ...session(sessionFinished("a", 2)),
  scenarioFinished("a"),
  runFinished(),
];
const FAILING = [
  ...PASSING.slice(0, -2),
  ...session(failedSession("a", 3, "ice_failed", "no answer")),
  ...PASSING.slice(-2),
];

type Read = { summary: Summary; events: RunEvent[] } | { error: RunLogError };

function eventsOf(bytes: Uint8Array): RunEvent[] | RunLogError {
  try {
    return parseRunLog("run.jsonl", Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    if (error instanceof RunLogError) return error;
    throw error;
  }
}

/** What a damaged log gives: a summary, or the one kind of error that says what is wrong with it. */
function read(bytes: Uint8Array): Read {
  const events = eventsOf(bytes);
  if (events instanceof RunLogError) return { error: events };
  try {
    return { events, summary: madeFromLog("run.jsonl", () => summarize(events)) };
  } catch (error) {
    if (error instanceof RunLogError) return { error };
    throw error;
  }
}

function renderAll({ summary, events }: { summary: Summary; events: RunEvent[] }): void {
  for (const render of Object.values(RENDERERS)) expect(render(summary, { color: false, width: 80 })).toMatch(/\n$/);
  expect(renderHtml(summary, events)).toMatch(/<\/html>\n$/);
}

describe("a log that was cut", () => {
  it("at any byte gives a report that is no pass and says that the end is missing, or a message", () => {
    const whole = bytesOf(PASSING);
    expect(read(whole)).toMatchObject({ summary: { status: "passed" } });
    const firstLine = whole.indexOf("\n");
    const rendered = new Set<number>();
    for (let length = 0; length < whole.length - 1; length++) {
      const events = eventsOf(whole.subarray(0, length));
      if (events instanceof RunLogError) {
        expect({ length, code: events.code }).toEqual({ length, code: "not_a_run" });
        expect(length).toBeLessThan(firstLine);
        continue;
      }
      // The same events give the same report.
      if (rendered.has(events.length)) continue;
      rendered.add(events.length);
      const summary = summarize(events);
      expect({ length, status: summary.status }).toEqual({ length, status: "errored" });
      renderAll({ summary, events });
      expect(renderHtml(summary, events)).toContain("The log has no end of the run");
      expect(RENDERERS.markdown(summary, { color: false, width: 80 })).toContain("The log has no end of the run");
    }
    expect(rendered.size).toBe(PASSING.length - 1);
  });

  it.each([
    ["of every status", exampleRun()],
    [
      "a grid",
      gridRun(
        aGrid(["home", "symmetric"]),
        () => "direct",
        () => undefined,
      ),
    ],
    ["raw clients", loadRun()],
  ])("of a run %s, at any event", (_, events) => {
    for (let count = 1; count < events.length; count += Math.ceil(events.length / 40)) {
      const some = events.slice(0, count);
      const summary = summarize(some);
      expect(summary.status).not.toBe("passed");
      renderAll({ summary, events: some });
    }
  });
});

describe("a log with garbage in it", () => {
  it("is refused with the line, whatever the garbage is", () => {
    const random = seededRandom(9);
    const lines = PASSING.map((event) => JSON.stringify(event));
    for (const garbage of [
      "\u0000\u0000\u0000",
      "{",
      "null",
      "[]",
      "3",
      '"text"',
      "{}",
      '{"type":7}',
      '{"type":"hello","at":1}',
    ]) {
      const at = 1 + Math.floor(random() * (lines.length - 1));
      const made = read(Buffer.from(`${lines.toSpliced(at, 0, garbage).join("\n")}\n`));
      expect("error" in made ? made.error.message : "read").toMatch(
        new RegExp(`run\\.jsonl:${at + 1}: expected .*found`),
      );
    }
  });

  it("that overwrote a stretch is refused, or leaves a report; never a crash, never a pass of what failed", () => {
    const whole = bytesOf(FAILING);
    expect(read(whole)).toMatchObject({ summary: { status: "failed" } });
    // What a scenario asks for is a value like any other: a threshold that was changed is another threshold.
    const from = bytesOf(FAILING.slice(0, 2)).length;
    const random = seededRandom(2026);
    const count = { refused: 0, read: 0 };
    for (let trial = 0; trial < 800; trial++) {
      const damaged = Buffer.from(whole);
      const start = from + Math.floor(random() * (whole.length - from - 40));
      const length = 1 + Math.floor(random() * (trial % 3 === 0 ? 1 : 40));
      for (let at = start; at < start + length; at++) damaged[at] = Math.floor(random() * 256);
      const made = read(damaged);
      if ("error" in made) {
        expect(made.error.message).toMatch(/expected .*found/s);
        count.refused++;
        continue;
      }
      count.read++;
      expect({ trial, start, status: made.summary.status }).not.toMatchObject({ status: "passed" });
      if (trial % 20 === 0) renderAll(made);
    }
    expect(count.refused).toBeGreaterThan(300);
    expect(count.read).toBeGreaterThan(20);
  });

  it("that took lines away or put them twice is a report or a message", () => {
    const random = seededRandom(4);
    for (let trial = 0; trial < 200; trial++) {
      const lines = FAILING.map((event) => JSON.stringify(event));
      const at = 1 + Math.floor(random() * (lines.length - 1));
      const other = 1 + Math.floor(random() * (lines.length - 1));
      const changed = trial % 2 === 0 ? lines.toSpliced(at, 1) : lines.toSpliced(at, 0, lines[other] ?? "");
      const made = read(Buffer.from(`${changed.join("\n")}\n`));
      if (!("error" in made) && trial % 10 === 0) renderAll(made);
    }
  });
});

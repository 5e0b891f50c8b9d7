import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { CapacityReport } from "../../lab/model/capacity-report.ts";
import type { RunEvent } from "../../lab/model/events.ts";
import { describeDocker } from "../../lab/runtime/docker-test.ts";
import { visitPages } from "../../lab/runtime/test-browser.ts";
import { coursesOf } from "../capacity/example-courses.ts";
import { renderCapacityHtml } from "../capacity/html/capacity-html.ts";
import { loadRun } from "../example-allocations.ts";
import { aGrid, gridRun } from "../example-grid.ts";
import {
  exampleRun,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "../example-run.ts";
import { EXAMPLE_GATES, evidenceOf } from "../gate/example-gate.ts";
import { renderGateHtml } from "../gate/html/gate-html.ts";
import { summarize } from "../summarize.ts";
import { renderHtml } from "./render-html.ts";
import type { Visit } from "./test-visit.ts";

const render = (events: readonly RunEvent[]) => renderHtml(summarize(events), events);

const thousand = Array.from({ length: 1_000 }, (_, index) => session(sessionFinished("many", index + 1))).flat();
const GATE = EXAMPLE_GATES["failed in calls"]();
const CAPACITY: CapacityReport = JSON.parse(
  readFileSync(join(import.meta.dirname, "../capacity/golden/found.json"), "utf8"),
);
const PAGES: Record<string, string> = {
  run: render(exampleRun()),
  grid: render(
    gridRun(
      aGrid(["home", "symmetric", "cgnat"]),
      () => "direct",
      ({ row }) => (row === "cgnat" ? "none" : undefined),
    ),
  ),
  many: render([runStarted("many"), scenarioStarted("many"), ...thousand, scenarioFinished("many"), runFinished()]),
  gate: renderGateHtml(GATE, evidenceOf(GATE)),
  capacity: renderCapacityHtml(CAPACITY, coursesOf(CAPACITY)),
  raw: render(loadRun()),
  cut: render(exampleRun().slice(0, 60)),
  hostile: render([runStarted("<script>alert(1)</script>"), runFinished()]),
};

describeDocker("a report in a browser", () => {
  let visits: Visit[];

  beforeAll(async () => {
    visits = await visitPages(
      join(import.meta.dirname, "test-visit.ts"),
      Object.fromEntries(Object.entries(PAGES).map(([name, page]) => [`${name}.html`, page])),
    );
  }, 300_000);

  it("opens without an error and without a request, in both themes", () => {
    expect(visits.map(({ page, theme }) => `${page} ${theme}`).sort()).toEqual(
      [
        ...["run", "gate", "capacity"].map((name) => `${name}.html dark`),
        ...Object.keys(PAGES).map((name) => `${name}.html light`),
      ].sort(),
    );
    for (const { page, errors, requests } of visits)
      expect({ page, errors, requests }).toEqual({ page, errors: [], requests: [] });
  });

  it("has its charts, and shows a session when asked by the keyboard", () => {
    const of = (name: string) => visits.find(({ page }) => page === `${name}.html`);
    expect(of("run")?.charts).toBeGreaterThanOrEqual(6);
    expect(of("many")?.charts).toBeGreaterThanOrEqual(3);
    // The course of each kind of call, and what is compared; five curves, and two of each search.
    expect(of("gate")?.charts).toBe(4);
    expect(of("capacity")?.charts).toBeGreaterThanOrEqual(11);
    expect(of("run")?.shown).toBe("Session 5: dropped: data_failed");
    expect(of("many")?.shown).toBe("Session 1: connected");
    expect(of("grid")?.shown).toMatch(/^Session 7: failed/);
  });

  it("can be worked with by the keyboard alone, and axe finds no serious fault", () => {
    for (const { page, theme, controls, unreached, faults } of visits) {
      expect({ page, theme, unreached, faults }).toEqual({ page, theme, unreached: [], faults: [] });
      expect(controls).toBeGreaterThan(0);
    }
  });

  it("fits a phone, and paper shows all of it", () => {
    for (const { page, overflowPx, widerThanPaperPx, hiddenOnPaper } of visits)
      expect({ page, overflowPx, widerThanPaperPx, hiddenOnPaper }).toEqual({
        ...{ page, overflowPx: 0, widerThanPaperPx: 0, hiddenOnPaper: [] },
      });
  });
});

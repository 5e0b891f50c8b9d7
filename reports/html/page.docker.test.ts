import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CapacityReport } from "../../lab/model/capacity-report.ts";
import type { RunEvent } from "../../lab/model/events.ts";
import { tarOf } from "../../lab/runtime/archive.ts";
import { LABEL } from "../../lab/runtime/container-events.ts";
import { copyOut } from "../../lab/runtime/copy-out.ts";
import { describeDocker } from "../../lab/runtime/docker-test.ts";
import { type Engine, ensureEngine } from "../../lab/runtime/engine.ts";
import { execIn } from "../../lab/runtime/exec-in.ts";
import { type StartedHeld, startHeld } from "../../lab/runtime/held-container.ts";
import { ensureImages } from "../../lab/runtime/images.ts";
import { coursesOf } from "../capacity/example-courses.ts";
import { renderCapacityHtml } from "../capacity/html/capacity-html.ts";
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

const FOLDER = "/turnlab/look";
const say = (line: string) => void process.stderr.write(`${line}\n`);
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
  hostile: render([runStarted("<script>alert(1)</script>"), runFinished()]),
};

describeDocker("a report in a browser", () => {
  let engine: Engine;
  let container: StartedHeld;
  let visits: Visit[];

  beforeAll(async () => {
    engine = await ensureEngine(say);
    const { chromium: image } = await ensureImages(engine, ["chromium"], say);
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));
    const archive = await tarOf([
      {
        path: `${FOLDER}/visit.js`,
        content: stripTypeScriptTypes(readFileSync(join(import.meta.dirname, "test-visit.ts"), "utf8")),
      },
      { path: `${FOLDER}/axe.js`, content: axe },
      ...Object.entries(PAGES).map(([name, content]) => ({ path: `${FOLDER}/pages/${name}.html`, content })),
    ]);
    const labels = { [LABEL.run]: `look-${process.pid}`, [LABEL.node]: "browser" };
    container = await startHeld(engine.docker, {
      image,
      name: "browser",
      labels,
      entrypoint: ["tini", "--", "cat"],
      archives: [archive],
    });
    const said = await execIn(engine.docker, container.id, [
      "node",
      `${FOLDER}/visit.js`,
      `${FOLDER}/pages`,
      `${FOLDER}/axe.js`,
    ]);
    visits = JSON.parse(said.trim().split("\n").at(-1) ?? "[]");
    await keepPictures();
  }, 300_000);
  afterAll(() => container?.end());

  /** For whoever wants to look: TURNLAB_PICTURES names a folder. */
  async function keepPictures(): Promise<void> {
    const folder = process.env.TURNLAB_PICTURES;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    for await (const { name, content } of copyOut(engine.docker, container.id, `${FOLDER}/pages`))
      if (name.endsWith(".png")) writeFileSync(join(folder, name), content);
  }

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

  it("fits a phone", () => {
    for (const { page, overflowPx } of visits) expect({ page, overflowPx }).toEqual({ page, overflowPx: 0 });
  });
});

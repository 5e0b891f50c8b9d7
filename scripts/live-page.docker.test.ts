import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PROJECT_ROOT, tarOf } from "../lab/runtime/archive.ts";
import { LABEL } from "../lab/runtime/container-events.ts";
import { copyOut } from "../lab/runtime/copy-out.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { execIn } from "../lab/runtime/exec-in.ts";
import { startHeld } from "../lab/runtime/held-container.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { exampleRun, runStarted } from "../reports/example-run.ts";
import type { Visit } from "../reports/html/test-visit.ts";
import { LOG_FILE, RunLog } from "../reports/run-log.ts";
import { LiveServer } from "./live-server.ts";

const FOLDER = "/turnlab/look";
const say = (line: string) => void process.stderr.write(`${line}\n`);

/** A browser in a container cannot reach this machine's loopback: it is given what the server answered there. */
async function answersOf(events: ReturnType<typeof exampleRun>): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "turnlab-live-"));
  const live = await LiveServer.open(0);
  try {
    using log = new RunLog(join(folder, LOG_FILE));
    for (const event of events) log.append(event);
    const names = events.flatMap((event) => (event.type === "run_started" ? event.scenarios : []));
    const plans = names.map((name) => ({
      name,
      kind: "sessions" as const,
      planned: 80,
      loadMs: null,
      isAlone: false,
      expectsNone: name === "wrong-password",
      expectedFailure: null,
    }));
    live.begin({ runId: runStarted().runId, folder, plans });
    live.judged("mobile-to-home", "passed");
    writeFileSync(join(folder, "report.html"), "<!doctype html><p>the report");
    const page = await fetch(live.url);
    const said = fetch(`${live.url}events`).then((response) => {
      const ended = live.end("failed");
      return response.text().finally(() => ended);
    });
    return {
      "live.html": await page.text(),
      "live.headers": JSON.stringify(
        Object.fromEntries([...page.headers].filter(([name]) => /policy|type/.test(name))),
      ),
      "live.events": await said,
      "live.report": readFileSync(join(folder, "report.html"), "utf8"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describeDocker("a run's live page in a browser", () => {
  let visits: Visit[];

  beforeAll(async () => {
    const engine = await ensureEngine(say);
    const [{ chromium: image }, answers] = await Promise.all([
      ensureImages(engine, ["chromium"], say),
      answersOf(exampleRun()),
    ]);
    const visit = readFileSync(join(PROJECT_ROOT, "reports/html/test-visit.ts"), "utf8");
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));
    const archive = await tarOf([
      { path: `${FOLDER}/visit.js`, content: stripTypeScriptTypes(visit) },
      { path: `${FOLDER}/axe.js`, content: axe },
      ...Object.entries(answers).map(([name, content]) => ({ path: `${FOLDER}/pages/${name}`, content })),
    ]);
    const labels = { [LABEL.run]: `live-${process.pid}`, [LABEL.node]: "browser" };
    const container = await startHeld(engine.docker, {
      image,
      name: "browser",
      labels,
      entrypoint: ["tini", "--", "cat"],
      archives: [archive],
    });
    afterAll(() => container.end());
    const argv = ["node", `${FOLDER}/visit.js`, `${FOLDER}/pages`, `${FOLDER}/axe.js`];
    const said = await execIn(engine.docker, container.id, argv);
    visits = JSON.parse(said.trim().split("\n").at(-1) ?? "[]");
    const pictures = process.env.TURNLAB_PICTURES;
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    for await (const { name, content } of copyOut(engine.docker, container.id, `${FOLDER}/pages`))
      if (name.endsWith(".png")) writeFileSync(join(pictures, name), content);
  }, 120_000);

  it("shows the run under its own policy, asks its server alone, and fits a phone, in both themes", () => {
    expect(visits.map(({ theme }) => theme)).toEqual(["light", "dark"]);
    for (const { theme, errors, requests, charts, unreached, faults, overflowPx } of visits) {
      const asked = requests.map((url) => (url.startsWith("blob:") ? "blob" : new URL(url).pathname));
      expect({ theme, errors, asked, unreached, faults, overflowPx }).toEqual({
        theme,
        errors: [],
        asked: ["/events", "/report.html"],
        unreached: [],
        faults: [],
        overflowPx: 0,
      });
      expect(charts).toBe(4);
    }
  });
});

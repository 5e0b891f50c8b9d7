import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { visitPages } from "../lab/runtime/test-browser.ts";
import { exampleRun, runStarted } from "../reports/example-run.ts";
import type { Visit } from "../reports/html/test-visit.ts";
import { LOG_FILE, RunLog } from "../reports/run-log.ts";
import { LiveServer } from "./live-server.ts";

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
    visits = await visitPages(join(PROJECT_ROOT, "reports/html/test-visit.ts"), await answersOf(exampleRun()));
  }, 120_000);

  it("shows the run under its own policy, asks its server alone, has its charts and fits a phone", () => {
    expect(visits.map(({ theme }) => theme)).toEqual(["light"]);
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

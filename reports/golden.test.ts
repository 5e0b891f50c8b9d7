import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "cheerio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import { loadRun } from "./example-allocations.ts";
import { aGrid, gridRun } from "./example-grid.ts";
import {
  aScenario,
  exampleRun,
  failedSession,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { renderHtml } from "./html/render-html.ts";
import { unpackSessions } from "./html/session-data.ts";
import { RENDERERS } from "./render/index.ts";
import { RunLog } from "./run-log.ts";
import { summarize } from "./summarize.ts";
import { expectJunit } from "./test-junit.ts";
import { expectSummary } from "./test-summary-schema.ts";
import { writeReports } from "./write-reports.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "golden-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const SCREEN = { color: false, width: 100 };
const GRID = gridRun(
  aGrid(["home", "symmetric"]),
  ({ row, column }) => (row === "symmetric" && column === "symmetric" ? "none" : "direct"),
  ({ row, column }) =>
    row === "home" ? (column === "symmetric" ? "none" : undefined) : column === "home" ? "nothing" : undefined,
);
const RUNS: readonly [name: string, events: RunEvent[]][] = [
  ["run", exampleRun()],
  ["grid", GRID],
  ["allocations", loadRun()],
  ["cut", exampleRun().slice(0, 60)],
];

/** Everything that is made of a run, as its events stand in memory when it ends. */
function reportsOf(events: readonly RunEvent[]): Record<string, string> {
  const summary = summarize(events);
  return {
    "terminal.txt": RENDERERS.terminal(summary, SCREEN),
    "report.md": RENDERERS.markdown(summary, SCREEN),
    "junit.xml": RENDERERS.junit(summary, SCREEN),
    "summary.json": RENDERERS.json(summary, SCREEN),
    "report.html": renderHtml(summary, events),
  };
}

/**
 * A page as its golden file has it: sessions as the JSON that they are, for how they are packed is zlib's matter; without the style and
 * the script, which are files of their own.
 */
function unpacked(html: string): string {
  const packed = load(html)("#sessions").text();
  const sessions = unpackSessions(packed);
  return html
    .replace(packed, () => `\n${JSON.stringify(sessions, null, 1)}\n`)
    .replace(/<style>.*?<\/style>/s, "<style>page.css</style>")
    .replace(/<script type="module">.*?<\/script>/s, '<script type="module">page-script.js</script>');
}

describe.each(RUNS)("the reports of %s", (name, events) => {
  const reports = reportsOf(events);

  it.each(Object.keys(reports))("%s reads as ever", async (file) => {
    const text = reports[file] ?? "";
    await expect(file === "report.html" ? unpacked(text) : text).toMatchFileSnapshot(`golden/${name}/${file}`);
  });

  it("are byte for byte the same from the events of the run and from its log", () => {
    using log = new RunLog(join(dir, "run.jsonl"));
    for (const event of events) log.append(event);
    writeReports(dir);
    for (const file of ["report.md", "junit.xml", "summary.json", "report.html"])
      expect(readFileSync(join(dir, file), "utf8"), file).toBe(reports[file]);
  });

  it("are what their schemas say", () => {
    expectJunit(reports["junit.xml"] ?? "");
    expectSummary(JSON.parse(reports["summary.json"] ?? ""));
  });
});

/** Whatever stands in a name, a message or a config is text everywhere. */
describe("markup in every text that a run has", () => {
  const markup = `<script>alert(1)</script><img src=x onerror="alert(2)">'--></style></script>`;
  const definition = aScenario({
    description: markup,
    topology: { routers: { [markup]: { nat: "home" } }, turnServers: { [markup]: {} } },
    peers: {
      offerer: { behind: markup, iceServers: [markup] },
      answerer: { behind: "internet", iceServers: [{ urls: markup, username: markup, credential: "secret-of-ours" }] },
    },
  });
  const failed = failedSession(markup, 1, "turn_no_answer", markup);
  const events: RunEvent[] = [
    { ...runStarted(markup), runId: markup, command: ["run", markup] },
    scenarioStarted(markup, definition),
    {
      ...{
        type: "turn_config_read",
        at: 1,
        scenario: markup,
        server: markup,
        file: markup,
        lines: [`realm=${markup}`],
      },
      ...{ filled: [markup], supplied: [{ what: markup, why: markup }], overridden: [{ what: markup, why: markup }] },
      warnings: [{ line: 3, expected: markup, found: markup, hint: markup }],
    },
    ...session({
      ...failed,
      diagnosis: {
        ...{ code: "turn_no_answer", leg: "turn_server", confidence: "likely", summary: markup },
        ...{ because: [{ text: markup, at: null }], unknown: [markup] },
      },
    }),
    ...session(sessionFinished(markup, 2, { dropped: true, failure: { code: "data_failed", message: markup } })),
    { type: "evidence_kept", at: 2, scenario: markup, kind: "capture", node: markup, file: markup, note: markup },
    scenarioFinished(markup, "server_failed", markup),
    runFinished(),
  ];
  const reports = reportsOf(events);

  it("is text in the page, the two scripts of which are its own", () => {
    const page = load(reports["report.html"] ?? "");
    expect(page("script")).toHaveLength(2);
    expect(page("img, [onerror], [onload]")).toHaveLength(0);
    expect(page("section.scenario h2").text()).toContain(markup);
    expect(page("pre").text()).toContain(markup);
    expect(reports["report.html"]).not.toContain("secret-of-ours");
    expect(JSON.stringify(unpacked(reports["report.html"] ?? ""))).not.toContain("secret-of-ours");
  });

  it("is text in Markdown and in JUnit", async () => {
    const { micromark } = await import("micromark");
    const { gfm, gfmHtml } = await import("micromark-extension-gfm");
    const options = { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true };
    const read = load(micromark(reports["report.md"] ?? "", options));
    expect(read("script, img")).toHaveLength(0);
    expect(read("body").text()).toContain("<script>alert(1)</script>");
    expectJunit(reports["junit.xml"] ?? "");
    const xml = load(reports["junit.xml"] ?? "", { xml: true });
    expect(xml("script, img")).toHaveLength(0);
    expect(xml("testsuite").attr("name")).toContain("<script>alert(1)</script>");
  });
});

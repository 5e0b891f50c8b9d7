import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXAMPLE_LOGS } from "../lab/capacity/test-events.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { exampleRun } from "../reports/example-run.ts";

// Each test starts programs, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-report-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const events = exampleRun().map((event) => JSON.stringify(event));

function report(log: string, ...options: string[]) {
  writeFileSync(join(folder, "run.jsonl"), log);
  const args = [join(PROJECT_ROOT, "scripts/turnlab.ts"), "report", folder, ...options];
  return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
}

it.each([
  ["that is no run's", '{"type":"page_view"}\n', "expected a run's log, found no run_started among 1 events"],
  ["that is no log at all", "hello\nworld\n", "run.jsonl:1: expected one JSON event"],
  ["of another version", `{"type":"run_started","schemaVersion":99}\n`, "expected schemaVersion"],
  ["broken in the middle", [events[0], "{", ...events.slice(1), ""].join("\n"), "run.jsonl:2: expected one JSON event"],
])("a log %s is bad input: one message, 104, nothing written", (_, log, message) => {
  for (const options of [[], ["--format", "json"]]) {
    const { status, stdout, stderr } = report(log, ...options);
    expect(status).toBe(104);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^report: 1 fault\n\n {2}\S+run\.jsonl\n {4}expected .*\n {4}found .*\n$/);
  }
  expect(readdirSync(folder)).toEqual(["run.jsonl"]);
});

it("an unknown format is bad input", () => {
  const { status, stderr } = report(`${events.join("\n")}\n`, "--format", "pdf");
  expect(status).toBe(104);
  expect(stderr).toMatch(
    /^command line: 1 fault\n\n {2}--format\n {4}expected {2}one of terminal, markdown, junit, json, html, .*\n.*"pdf"\n$/,
  );
});

it.each(["terminal", "markdown", "junit", "json", "html"])("%s ends with one newline", (format) => {
  const { status, stdout } = report(`${events.join("\n")}\n`, "--format", format);
  expect(status).toBe(0);
  expect(stdout).toMatch(/[^\n]\n$/);
});

it("the files are written again", () => {
  const { status, stdout, stderr } = report(`${events.join("\n")}\n`);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: `reports in ${folder} rewritten\n` });
  expect(readdirSync(folder).sort()).toEqual(["junit.xml", "report.html", "report.md", "run.jsonl", "summary.json"]);
  expect(readFileSync(join(folder, "summary.json"), "utf8")).toMatch(/[^\n]\n$/);
});

describe("a gate's or a capacity run's folder", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(PROJECT_ROOT, "scripts/turnlab.ts"), ...args], {
      encoding: "utf8",
      timeout: 20_000,
      cwd: PROJECT_ROOT,
    });
  const contents = (from = folder) =>
    Object.fromEntries(
      readdirSync(from)
        .filter((name) => /\.(html|json|md|xml)$/.test(name))
        .map((name) => [name, readFileSync(join(from, name), "utf8")]),
    );

  it("gets a gate's files again, byte for byte as the gate had written them", () => {
    const baseline = "scenarios/configs/scrum-repaired.turnserver.conf";
    const candidate = join(folder, "new.conf");
    const text = readFileSync(join(PROJECT_ROOT, baseline), "utf8");
    writeFileSync(candidate, text.replace("tls-listening-port=443", "tls-listening-port=5349"));
    const values = [
      "YOUR_VM_EXTERNAL_IP=34.77.1.10",
      "YOUR_VM_INTERNAL_IP=10.0.0.5",
      "GENERATE_STRONG_SECRET=hunter2hunter2",
    ];
    const set = values.flatMap((value) => ["--set", value]);
    const out = join(folder, "out");
    expect(run("gate", "--config", candidate, "--baseline", baseline, ...set, "--out", out).status).toBe(99);
    const written = contents(out);
    expect(Object.keys(written)).toEqual(["gate.html", "gate.json", "gate.junit.xml", "gate.md"]);
    for (const name of Object.keys(written)) rmSync(join(out, name));
    expect(run("report", out)).toMatchObject({ status: 0, stdout: "" });
    expect(contents(out)).toEqual(written);
    expect(run("report", out, "--format", "html").stdout).toBe(written["gate.html"]);
    expect(written["gate.html"]).toContain("tls-listening-port=5349");
    for (const text of Object.values(written)) expect(text).not.toContain("hunter2");
  });

  it("gets a capacity run's files, and one of them printed", () => {
    const log = EXAMPLE_LOGS.found().map((event) => JSON.stringify(event));
    expect(report(`${log.join("\n")}\n`).status).toBe(0);
    const { "capacity.html": page } = contents();
    expect(readdirSync(folder).sort()).toEqual(["capacity.html", "capacity.json", "capacity.md", "run.jsonl"]);
    expect(run("report", folder, "--format", "html").stdout).toBe(page);
  });
});

describe("one session's timeline", () => {
  const started = exampleRun().flatMap((event) => (event.type === "session_finished" ? [event] : []));
  const [{ scenario, session } = { scenario: "", session: 0 }] = started;
  const ends = ["offerer", "answerer"].map((role) =>
    JSON.stringify({
      ...{ type: "session_timeline", at: 0, scenario, session, role, pairs: [], left: 0 },
      entries: [{ atMs: 5, step: "channel-open" }],
    }),
  );
  const log = `${[...events, ...ends].join("\n")}\n`;

  it("is printed, and nothing is written", () => {
    const { status, stdout } = report(log, "--session", String(session), "--scenario", scenario);
    expect(status).toBe(0);
    expect(stdout).toContain("channel-open");
    expect(readdirSync(folder)).toEqual(["run.jsonl"]);
  });

  it.each([
    [["--session", "none"], "the number of a finished session (1 to"],
    [["--session", "1", "--scenario", "nowhere"], 'of scenario "nowhere" (none)'],
    [["--session", "1", "--format", "json"], "Leave --format out"],
    [["--scenario", "nowhere"], "Name one: --session N --scenario nowhere"],
    [["--session", String(session)], "Add --scenario with one of"],
  ])("%j is bad input: one message, 104", (options, message) => {
    const { status, stdout, stderr } = report(log, ...options);
    expect(status).toBe(104);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^command line: 1 fault\n/);
  });
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { twistedRun } from "../reports/compare/example-runs.ts";
import { aScenario, runFinished, runStarted, scenarioFinished, scenarioStarted } from "../reports/example-run.ts";
import { writeReports } from "../reports/write-reports.ts";

// Each test starts programs, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-compare-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (events: readonly RunEvent[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");

function keep(name: string, log: string): string {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, "run.jsonl"), log);
  return join(folder, name);
}

function compare(...words: string[]) {
  const args = [join(PROJECT_ROOT, "scripts/turnlab.ts"), "compare", ...words];
  return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
}

const first = textOf(twistedRun({ day: 0 }));
const slower = textOf(twistedRun({ day: 1, slower: 1.5, dropped: 20, coturn: "4.17.1" }));

describe("runs that can be compared", () => {
  it("may be folders, logs and summaries; what got worse is told, and is no failure", () => {
    const [a, b] = [keep("a", first), keep("b", slower)];
    writeReports(b);
    for (const second of [b, join(b, "run.jsonl"), join(b, "summary.json")]) {
      const { status, stdout, stderr } = compare(a, second);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/b against a: mobile-to-home was passed and is failed; worse: session_success/);
    }
  });

  it("are a folder of many, and what is none of them is left out with the reason", () => {
    keep("a", first);
    keep("b", slower);
    keep("broken", `${first.split("\n")[0]}\n{\n${first}`);
    keep("running", first.split("\n").slice(0, -2).join("\n"));
    keep("older", '{"type":"run_started","schemaVersion":0}\n');
    keep("foreign", textOf([runStarted("x"), scenarioStarted("x", aScenario()), scenarioFinished("x"), runFinished()]));
    keep("gate", `${first}{"type":"gate_started","at":1,"strict":false,"profile":{},"cells":[],"sides":{}}\n`);
    const out = join(folder, "out");
    const { status, stdout, stderr } = compare(folder, "--baseline", join(folder, "b"), "--out", out, "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: `comparison in ${out}\n` });
    const { baseline, runs, skipped } = JSON.parse(stdout);
    expect(baseline).toBe("b");
    expect(runs.map(({ name }: { name: string }) => name)).toEqual(["a", "b"]);
    expect(Object.fromEntries(skipped.map((one: { run: string; reason: string }) => [one.run, one.reason]))).toEqual({
      broken: expect.stringContaining("line 2: expected one JSON event"),
      foreign: "no scenario in common with b",
      gate: expect.stringContaining("a gate's run"),
      older: expect.stringContaining("expected schemaVersion 1, found 0"),
      running: expect.stringContaining("still running"),
    });
    expect(readdirSync(out).sort()).toEqual(["compare.html", "compare.json", "compare.md"]);
  });

  it("are three or more for a trend", () => {
    for (const day of [0, 1, 2]) keep(`run-${day}`, textOf(twistedRun({ day })));
    const out = join(folder, "out");
    expect(compare(folder, "--out", out).status).toBe(0);
    expect(readdirSync(out)).toContain("trend.html");
  });
});

describe("bad input", () => {
  it("is one message with every fault, 104, and nothing written", () => {
    const a = keep("a", first);
    mkdirSync(join(folder, "empty"));
    const out = join(folder, "out");
    const { status, stdout, stderr } = compare(a, join(folder, "empty"), join(folder, "nope"), "--out", out);
    expect({ status, stdout }).toEqual({ status: 104, stdout: "" });
    expect(stderr).toMatch(/^command line: 2 faults\n/);
    expect(stderr).toContain("a folder without a run.jsonl");
    expect(stderr).toContain("nothing at ");
    expect(readdirSync(folder)).not.toContain("out");
  });

  it.each([
    ["one run alone", () => [keep("a", first)], "expected  at least two runs"],
    ["the same run twice", () => [keep("a", first), join(folder, "a", "run.jsonl")], "expected  at least two runs"],
    [
      "runs without a scenario in common",
      () => [
        keep("a", first),
        keep("x", textOf([runStarted("x"), scenarioStarted("x"), scenarioFinished("x"), runFinished()])),
      ],
      "expected  a run with a scenario in common with a",
    ],
    [
      "one that can be read beside one that cannot",
      () => [keep("a", first), keep("b", "hello\nworld\n")],
      "found     one; left out: b (line 1: expected one JSON event",
    ],
    [
      "a summary that is none",
      () => {
        writeFileSync(join(folder, "other.json"), "{}");
        return [keep("a", first), join(folder, "other.json")];
      },
      "no summary of a run",
    ],
  ])("is %s", (_, words, message) => {
    const { status, stdout, stderr } = compare(...words());
    expect({ status, stdout }).toEqual({ status: 104, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^command line: 1 fault\n/);
  });
});

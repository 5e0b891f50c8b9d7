import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exampleRun } from "./example-run.ts";
import { RunLog, RunLogError } from "./run-log.ts";
import { writeReports } from "./write-reports.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "reports-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("writeReports", () => {
  it("makes every report from the log alone, again and again the same", () => {
    using log = new RunLog(join(dir, "run.jsonl"));
    for (const event of exampleRun()) log.append(event);
    const summary = writeReports(dir);
    expect(readdirSync(dir).sort()).toEqual(["junit.xml", "report.html", "report.md", "run.jsonl", "summary.json"]);
    const read = () => readdirSync(dir).map((file) => readFileSync(join(dir, file), "utf8"));
    expect(JSON.parse(readFileSync(join(dir, "summary.json"), "utf8"))).toEqual(summary);
    const first = read();
    expect(readFileSync(join(dir, "report.md"), "utf8")).toContain("# turnlab: errored");
    writeReports(dir);
    expect(read()).toEqual(first);
  });

  it("writes nothing without a log", () => {
    expect(() => writeReports(dir)).toThrow(RunLogError);
    expect(readdirSync(dir)).toEqual([]);
  });
});

import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exampleRun, runStarted } from "./example-run.ts";
import { RunLog, RunLogError, readRunLog } from "./run-log.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "run-log-"));
  file = join(dir, "run.jsonl");
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(...lines: string[]): void {
  writeFileSync(file, lines.join("\n"));
}

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof RunLogError) return error.code;
    throw error;
  }
  return undefined;
}

describe("RunLog", () => {
  it("gives back every event in order", () => {
    using log = new RunLog(file);
    const events = exampleRun();
    for (const event of events) log.append(event);
    expect(readRunLog(file)).toEqual(events);
  });

  it("has written an event when append returns, one line each", () => {
    const log = new RunLog(file);
    log.append(runStarted("a\nb"));
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(2);
    log.close();
  });

  it("refuses to append after close, and closes twice without harm", () => {
    const log = new RunLog(file);
    log.close();
    log.close();
    expect(() => log.append(runStarted())).toThrow("the log is closed");
  });

  it("keeps everything written before a SIGKILL", () => {
    const module = new URL("./run-log.ts", import.meta.url).href;
    const code = `
      const { RunLog } = await import(${JSON.stringify(module)});
      new RunLog(${JSON.stringify(file)}).append(${JSON.stringify(runStarted("a"))});
      process.kill(process.pid, "SIGKILL");`;
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { timeout: 20_000 });
    expect(signal).toBe("SIGKILL");
    expect(readRunLog(file)).toEqual([runStarted("a")]);
  });
});

describe("readRunLog", () => {
  it("leaves a cut last line out", () => {
    write(JSON.stringify(runStarted()), "");
    appendFileSync(file, '{"type":"run_fin');
    expect(readRunLog(file)).toEqual([runStarted()]);
  });

  it("refuses a broken line in the middle, and says which", () => {
    write(JSON.stringify(runStarted()), "{", "");
    expect(codeOf(() => readRunLog(file))).toBe("corrupt");
    expect(() => readRunLog(file)).toThrow("run.jsonl:2: expected one JSON event");
  });

  it("refuses another schema version", () => {
    write(JSON.stringify({ ...runStarted(), schemaVersion: 2 }));
    expect(codeOf(() => readRunLog(file))).toBe("schema_version");
    expect(() => readRunLog(file)).toThrow("expected schemaVersion 1, found 2");
  });

  it.each([
    ["an empty file", ""],
    ["JSON lines of another program", '{"type":"hello"}\n'],
    ["a file that is no JSON at all", "hello"],
  ])("refuses %s", (_what, text) => {
    write(text);
    expect(codeOf(() => readRunLog(file))).toBe("not_a_run");
  });

  it("tells a missing file from a bad one", () => {
    expect(codeOf(() => readRunLog(file))).toBe("missing");
  });
});

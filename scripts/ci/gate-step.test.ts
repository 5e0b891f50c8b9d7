import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PROJECT_ROOT } from "../../lab/runtime/archive.ts";
import { EXAMPLE_GATES, evidenceOf } from "../../reports/gate/example-gate.ts";
import { writeGateReports } from "../../reports/gate/write-gate-reports.ts";
import { gateStep } from "./gate-step.ts";

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-step-"));
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Stands where `turnlab` does: keeps its arguments and environment, and leaves what a gate would have left. */
function commandThat(does: string): string {
  const file = join(folder, "turnlab");
  writeFileSync(
    file,
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/args"\nenv > "${folder}/env"\nfor last; do :; done\nout=\${last#--out=}\n${does}\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

async function step(does: string, env: NodeJS.ProcessEnv) {
  const exitCode = await gateStep({
    env: {
      PATH: process.env.PATH,
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: PROJECT_ROOT,
      GITHUB_OUTPUT: join(folder, "output"),
      GITHUB_STEP_SUMMARY: join(folder, "step-summary"),
      ...env,
    },
    folder: join(folder, "job"),
    signal: new AbortController().signal,
    turnlab: commandThat(does),
  });
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const outputs = Object.fromEntries(
    read("output")
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  ) as Record<string, string>;
  return { exitCode, outputs, read, summary: read("step-summary") };
}

describe("a gate that fails", () => {
  it("is told in annotations, summary and outputs, and its exit code is the step's", async () => {
    mkdirSync(join(folder, "made"));
    const report = EXAMPLE_GATES["failed at check"]();
    writeGateReports(join(folder, "made"), report, evidenceOf(report));
    const { exitCode, outputs, read, summary } = await step(`mkdir -p "$out"; cp "${folder}"/made/* "$out"; exit 99`, {
      TURNLAB_GATE_CONFIG: "new/turnserver.conf",
      TURNLAB_GATE_BASELINE: "turnserver.conf",
      TURNLAB_GATE_TOKEN: "t0ken",
    });
    expect(exitCode).toBe(99);
    const run = join(folder, "job/run");
    expect(read("args")).toBe(`gate\n--config=new/turnserver.conf\n--baseline=turnserver.conf\n--out=${run}\n`);
    expect(read("env")).not.toContain("t0ken");
    expect(outputs).toEqual({
      status: "failed",
      "exit-code": "99",
      report: join(run, "gate.json"),
      "run-folder": run,
      summary: join(folder, "job/summary.md"),
    });
    expect(printed).toMatch(
      /^baseline: turnserver\.conf\n::stop-commands::(\S+)\n::\1::\n::error file=new\/turnserver\.conf,line=12,/,
    );
    expect(summary).toMatch(/^<!-- turnlab gate: new\/turnserver\.conf -->\n\n## ❌ turnlab gate: failed\n/);
    expect(summary).toContain("`baseline: turnserver.conf`");
    expect(read("job/summary.md").trim()).toBe(summary.trim());
    expect(JSON.parse(read("job/gl-code-quality-report.json"))).toHaveLength(2);
  });
});

describe("input that the gate refuses", () => {
  it("stands in the summary and on the commit, and nothing else is there", async () => {
    const { exitCode, outputs, summary } = await step(
      "printf '\\033[31mnew.conf:3: ``` found 100%%\\n' >&2; exit 104",
      {
        TURNLAB_GATE_CONFIG: "new.conf",
        TURNLAB_GATE_BASELINE_REF: "none",
      },
    );
    expect(exitCode).toBe(104);
    expect(outputs).toMatchObject({ status: "invalid", "exit-code": "104", report: "" });
    expect(summary).toContain(
      "<!-- turnlab gate: new.conf -->\n\n## 🚫 turnlab gate: bad input, nothing was started\n",
    );
    expect(summary).toContain("````text\nnew.conf:3: ``` found 100%\n````");
    expect(printed).toContain(
      "::error title=turnlab gate%3A bad input%2C nothing was started::new.conf:3: ``` found 100%25\n",
    );
  });

  it("is refused before a gate starts where the job's own is wrong", async () => {
    const { exitCode, summary } = await step("exit 0", { TURNLAB_GATE_STRICT: "maybe" });
    expect(exitCode).toBe(104);
    expect(summary).toContain("  config\n    expected  the path of a turnserver.conf\n    found     nothing");
    expect(existsSync(join(folder, "args"))).toBe(false);
  });
});

it("is no verdict where the gate left none", async () => {
  const { exitCode, outputs, summary } = await step('echo "no engine" >&2; exit 1', {
    TURNLAB_GATE_CONFIG: "new.conf",
    TURNLAB_GATE_BASELINE_REF: "none",
  });
  expect(exitCode).toBe(1);
  expect(outputs.status).toBe("errored");
  expect(summary).toContain("no verdict, exit code 1");
  expect(summary).toContain("no engine");
});

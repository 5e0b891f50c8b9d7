import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { TestEngine } from "./test-engine.ts";

// Each test starts programs, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 });

const LAB = [{ Id: "abc", Labels: { "turnlab.run": "r", "turnlab.node": "home", "turnlab.scenario": "two-homes" } }];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-exec-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Answers with what it was given on stdin, once that has ended, as `cat` would; the exit code is 7. */
function echo(stream: Duplex): void {
  let given = "";
  stream.on("data", (data: Buffer) => (given += data.toString()));
  stream.on("end", () => {
    const text = Buffer.from(`given: ${given}\n`);
    const frame = Buffer.alloc(8);
    frame[0] = 1;
    frame.writeUInt32BE(text.length, 4);
    stream.end(Buffer.concat([frame, text]));
  });
}

/** Talks on, as `tcpdump` would. */
function flood(stream: Duplex): void {
  const frame = Buffer.alloc(8 + 60_000, "x");
  frame.fill(0, 0, 8);
  frame[0] = 1;
  frame.writeUInt32BE(60_000, 4);
  const talk = setInterval(() => stream.write(frame), 5);
  stream.on("error", () => {}).on("close", () => clearInterval(talk));
}

const ANSWERS = {
  "GET /containers/json": LAB,
  "POST /containers/abc/exec": { Id: "e1" },
  "GET /exec/e1/json": { ExitCode: 7 },
};

async function exec(stdin: "ignore" | "pipe" | number, node = "home") {
  await using engine = await TestEngine.listen(join(folder, "engine.sock"), ANSWERS, echo);
  const child = spawn(process.execPath, ["scripts/turnlab.ts", "exec", node, "--", "cat"], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, DOCKER_HOST: engine.host },
    stdio: [stdin, "pipe", "pipe"],
    timeout: 20_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  child.stdin?.end("a pipe");
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

it("keeps the exit code with stdin from /dev/null", async () => {
  expect(await exec("ignore")).toEqual({ code: 7, stdout: "given: \n", stderr: "" });
});

it("keeps the exit code with stdin from a file", async () => {
  writeFileSync(join(folder, "input"), "a file");
  const input = openSync(join(folder, "input"), "r");
  try {
    expect(await exec(input)).toEqual({ code: 7, stdout: "given: a file\n", stderr: "" });
  } finally {
    closeSync(input);
  }
});

it("keeps the exit code with stdin from a pipe", async () => {
  expect(await exec("pipe")).toEqual({ code: 7, stdout: "given: a pipe\n", stderr: "" });
});

it("ends quietly, as if by SIGPIPE, when whoever reads its output has had enough", async () => {
  await using engine = await TestEngine.listen(join(folder, "engine.sock"), ANSWERS, flood);
  const child = spawn(process.execPath, ["scripts/turnlab.ts", "exec", "home", "--", "tcpdump"], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, DOCKER_HOST: engine.host },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 20_000,
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ code, stderr }).toEqual({ code: 141, stderr: "" });
});

it("names the nodes that are up when it knows no such node", async () => {
  const { code, stderr } = await exec("ignore", "office");
  expect(code).toBe(104);
  expect(stderr).toBe('expected one running node "office", found 0; nodes that are up: two-homes/home\n');
});

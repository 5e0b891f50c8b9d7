/**
 * The fabric's process, init of its container: it owns the bridges, reaches into the other containers' namespaces,
 * reads counters and runs helpers. It is the only thing in a lab that may. JSON lines on stdin and stdout; its life is
 * its stdin. See protocol.ts.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import type { ExecResult, FabricEvent, FabricReply, FabricRequest } from "./protocol.ts";
import { quietBridges } from "./quiet-bridges.ts";
import { Sampler } from "./sampler.ts";
import { sysctlScript } from "./sysctl-script.ts";

const HELLO_WITHIN_MS = 5_000;
const guarded = new Set<number>();
const children = new Map<string, ChildProcess>();
let sampler: Sampler | undefined;

const say = (message: FabricReply | FabricEvent) => void process.stdout.write(`${JSON.stringify(message)}\n`);

function leave(code: number): never {
  for (const pid of guarded) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Already gone, which is what we want.
    }
  }
  for (const child of children.values()) child.kill("SIGKILL");
  process.exit(code);
}

/** `ip netns exec` would remount /sys; nsenter with only the network namespace leaves the rest as it is. */
function command(argv: string[], netns?: number, ownNetns?: boolean): string[] {
  if (netns !== undefined) return ["nsenter", "--target", String(netns), "--net", "--", ...argv];
  return ownNetns ? ["unshare", "--net", "--", ...argv] : argv;
}

function exec(argv: string[], stdin: string | undefined, netns: number | undefined): Promise<ExecResult> {
  const [file = "", ...args] = command(argv, netns);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.on("error", () => {}); // A program that does not read its stdin is no fault.
    child.stdin.end(stdin ?? "");
  });
}

function start(request: FabricRequest & { op: "spawn" }): Promise<{ pid: number }> {
  const [file = "", ...args] = command(request.argv, request.netns, request.ownNetns);
  const { name } = request;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    children.set(name, child);
    createInterface({ input: child.stdout }).on("line", (line) => say({ event: "output", name, line }));
    child.stderr.on("data", (data: Buffer) => (stderr = (stderr + data.toString()).slice(-4_000)));
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("spawn", () => {
      const pid = child.pid ?? -1;
      if (request.ownNetns) ownNamespaceOf(pid).then(() => resolve({ pid }), reject);
      else resolve({ pid });
    });
    child.on("close", (code) => {
      children.delete(name);
      say({ event: "ended", name, code, stderr });
    });
  });
}

/** `unshare` has a moment between being started and being elsewhere; a wire plugged then would end up here. */
async function ownNamespaceOf(pid: number): Promise<void> {
  const here = readlinkSync("/proc/self/ns/net");
  for (let tries = 0; tries < 1_000; tries++) {
    if (readlinkSync(`/proc/${pid}/ns/net`) !== here) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`process ${pid} did not get a network namespace of its own`);
}

async function setSysctls(netns: number, values: Record<string, number | string>): Promise<null> {
  const inside = command(["sh", "-c", sysctlScript(values)], netns);
  const { code, stderr } = await exec(
    ["unshare", "--mount", "--propagation", "private", "--", ...inside],
    "",
    undefined,
  );
  if (code !== 0) throw new Error(`sysctls ${Object.keys(values).join(", ")} could not be set: ${stderr.trim()}`);
  return null;
}

/** Whether there was anybody to write to; backpressure is no refusal. */
function writeTo(child: ChildProcess | undefined, line: string): boolean {
  if (!child?.stdin?.writable) return false;
  child.stdin.write(`${line}\n`);
  return true;
}

async function perform(request: FabricRequest): Promise<unknown> {
  switch (request.op) {
    case "exec":
      return exec(request.argv, request.stdin, request.netns);
    case "spawn":
      return start(request);
    case "write":
      return writeTo(children.get(request.name), request.line);
    case "kill":
      return children.get(request.name)?.kill("SIGKILL") ?? false;
    case "sysctl":
      return setSysctls(request.netns, request.values);
    case "guard":
      for (const pid of request.pids) guarded.add(pid);
      return null;
    case "sample":
      sampler?.stop();
      sampler = new Sampler(request.targets, request.intervalMs, (sampled) => say({ event: "sample", ...sampled }));
      return null;
    case "stop-sampling":
      sampler?.stop();
      return null;
  }
}

async function handle(line: string): Promise<void> {
  const request = JSON.parse(line) as FabricRequest;
  try {
    say({ id: request.id, ok: true, result: await perform(request) });
  } catch (error) {
    say({ id: request.id, ok: false, error: error instanceof Error ? error.message : String(error) });
  }
}

const impatience = setTimeout(() => leave(1), HELLO_WITHIN_MS);
let greeted = false;
createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (greeted) {
      void handle(line);
      return;
    }
    greeted = true;
    clearTimeout(impatience);
    quietBridges();
    say({ event: "ready" });
  })
  .on("close", () => leave(0));
process.on("SIGTERM", () => leave(0));

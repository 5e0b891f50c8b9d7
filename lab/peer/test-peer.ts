/** For tests: the agent as a child process, its stdio as a JsonLine. In the lab it is a container's. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { PeerHandle } from "./peer-handle.ts";
import type { AgentSettings } from "./protocol.ts";

type AgentProcess = AsyncDisposable & { handle: PeerHandle; process: ChildProcess };

const MAIN = fileURLToPath(new URL("agent/main.ts", import.meta.url));

/** Starts an agent on this machine that uses loopback only, unless told otherwise (inside a network namespace). */
export function startAgentProcess(
  name: string,
  settings: AgentSettings = { loopbackOnly: true },
  env: NodeJS.ProcessEnv = {},
): AgentProcess {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const lines = readline.createInterface({ input: child.stdout, crlfDelay: Infinity });
  const handle = new PeerHandle(
    name,
    {
      send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
      onMessage: (handler) => void lines.on("line", (line) => handler(JSON.parse(line))),
      onEnd: (handler) => void child.once("exit", (code, signal) => handler(`ended with ${signal ?? code}`)),
    },
    settings,
  );
  child.stdin.on("error", () => {});
  return {
    handle,
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

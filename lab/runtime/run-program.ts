import { spawn } from "node:child_process";
import { atExit } from "./at-exit.ts";

type ProgramOptions = { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs: number };

/**
 * Runs a program without a shell and returns its stdout. It ends with this process. Throws with its last words when it
 * fails or takes too long.
 */
export async function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.timeoutMs,
    killSignal: "SIGKILL",
  });
  using _ended = atExit(() => child.kill("SIGTERM"));
  let stdout = "";
  let all = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    all += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once("error", (error) => reject(new Error(`${file}: ${error.message}`, { cause: error })));
  child.once("close", (code, signal) => {
    if (code === 0) return resolve(stdout);
    const end = signal ? `ended by ${signal} (limit ${options.timeoutMs} ms)` : `exited ${code}`;
    reject(new Error(`${[file, ...args].join(" ")} ${end}\n${lastLines(all, 15)}`.trimEnd()));
  });
  return await promise;
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../lab/runtime/archive.ts";

export type Output = { exit: number | null; stdout: string; stderr: string };

/** What a reader's folder has who stands in the checkout, and nothing that a run left there. */
const OF_THE_CHECKOUT = ["turnlab", "docs", "scenarios", "scripts"];
/** What of the environment decides no output. */
const ENVIRONMENT = ["PATH", "HOME", "TMPDIR", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"];

/** A folder that looks like the checkout to a command, in which it may leave what it likes; `kept`: this one, with what is there. */
export function cleanFolder(kept?: string): string {
  const folder = kept ?? mkdtempSync(join(tmpdir(), "turnlab-docs-"));
  mkdirSync(folder, { recursive: true });
  for (const name of OF_THE_CHECKOUT)
    if (!existsSync(join(folder, name))) symlinkSync(join(PROJECT_ROOT, name), join(folder, name));
  return folder;
}

/** Runs it as `sh` does what is pasted into it: its last command's exit code. */
export function runCommand(command: string, folder: string): Promise<Output> {
  const env = Object.fromEntries(ENVIRONMENT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", command], {
      cwd: folder,
      env: { ...env, NO_COLOR: "1", TZ: "UTC", LANG: "C.UTF-8" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] += text;
      });
    }
    child.on("error", reject).on("close", (exit) => resolve({ exit, ...output }));
  });
}

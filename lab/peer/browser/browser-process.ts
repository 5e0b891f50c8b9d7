import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { BrowserPlan } from "./browser-plan.ts";

/** Of what a browser says, the last lines are kept for the message when it does not start. */
const KEPT_LINES = 3;
const GONE_POLL_MS = 20;
const BIDI_ENDPOINT = /^WebDriver BiDi listening on (ws:\/\/\S+)$/;

/** One running browser with all its processes: a session of their own (setsid), by which they are found again. */
export class BrowserProcess {
  /** Resolves to how it ended, `exit code 3` or `SIGSEGV`, or to why it cannot be run. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #lastLines: string[] = [];
  readonly #endpoint = Promise.withResolvers<string>();

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#onLine(line));
  }

  /** Writes what `plan` wants written, and starts the browser with `url` open. */
  static start(plan: (profile: string) => BrowserPlan, url: string): BrowserProcess {
    const profile = mkdtempSync(join(tmpdir(), "profile-"));
    const { executable, args, env, files, profileFiles } = plan(profile);
    const inProfile = profileFiles.map(({ name, content }) => ({ path: join(profile, name), content }));
    for (const { path, content } of [...files, ...inProfile]) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const child = spawn(executable, [...args, url], {
      env: { ...process.env, ...env },
      // 3 and 4: Chromium's --remote-debugging-pipe.
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      detached: true,
    });
    return new BrowserProcess(child, profile);
  }

  /** To it and from it: CDP, one message after the other with a NUL behind each. */
  get pipe(): { to: Writable; from: Readable } {
    const [, , , to, from] = this.#child.stdio;
    return { to: to as Writable, from: from as Readable };
  }

  get lastText(): string {
    return this.#lastLines.join("\n");
  }

  /** Where Firefox takes WebDriver BiDi; pending for ever where it does not say so. */
  get bidiEndpoint(): Promise<string> {
    return this.#endpoint.promise;
  }

  /** Ends every process of it, stopped ones too; resolves when none is left. */
  async kill(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined) {
      for (;;) {
        const alive = processesOf(pid);
        if (alive.length === 0) break;
        for (const each of alive) killOne(each);
        await new Promise((resolve) => setTimeout(resolve, GONE_POLL_MS));
      }
    }
    await this.ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 3 });
  }

  #onLine(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
    process.stderr.write(`${line}\n`);
    const [, endpoint] = BIDI_ENDPOINT.exec(line) ?? [];
    if (endpoint) this.#endpoint.resolve(endpoint);
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself a moment ago.
  }
}

/** The processes of one session that are not dead already, by /proc/PID/stat (proc_pid_stat(5)). */
function processesOf(session: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [state, , , ofSession] = statOf(pid);
      return ofSession === String(session) && state !== "Z" && state !== "X";
    })
    .map(Number);
}

/** What follows the name of the program, which may contain anything: state, parent, group, session. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { atExit } from "./at-exit.ts";

const POLL_MS = 100;

type LockOptions = {
  folder: string;
  name: string;
  /** Called once with the holder's process id when there is something to wait for. */
  onWait?: (pid: number) => void;
  timeoutMs: number;
};

/**
 * Runs `work` while no other process of this machine does. The lock is a file that names its holder; a dead one's is
 * taken over. Throws when the holder keeps it longer than `timeoutMs`.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const file = join(options.folder, `${options.name}.lock`);
  mkdirSync(options.folder, { recursive: true });
  const deadline = Date.now() + options.timeoutMs;
  let waiting = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder !== null && !isAlive(holder)) {
      discard(file);
      continue;
    }
    if (holder !== null && !waiting) options.onWait?.(holder.pid);
    waiting = true;
    if (Date.now() > deadline) throw new Error(`process ${holder?.pid} has held ${file} for ${options.timeoutMs} ms`);
    await delay(POLL_MS);
  }
  using _left = atExit(() => rmSync(file, { force: true }));
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid} ${startOf(process.pid)}`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Null for a moment: the file is there, its writer has not written yet, or it is just gone. */
function holderOf(file: string): Holder | null {
  try {
    const [pid, start = ""] = readFileSync(file, "utf8").split(" ");
    return Number(pid) > 0 ? { pid: Number(pid), start } : null;
  } catch {
    return null;
  }
}

/** A process id comes again, in a container soon; with when its process began (empty: not told here) it does not. */
type Holder = { pid: number; start: string };

/**
 * Field 22 of /proc/PID/stat, ticks since boot; the program's name before it may hold spaces and brackets (proc(5)).
 * "ended" for a zombie: in a container perhaps nobody ever takes note of it.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.replace(/^.*\) /s, "").split(" ");
    return state === "Z" ? "ended" : (rest[18] ?? "");
  } catch {
    return "";
  }
}

function isAlive({ pid, start }: Holder): boolean {
  const now = startOf(pid);
  if (start !== "" && now !== "" && now !== start) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Renamed first, so that of two waiters only one removes it. */
function discard(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another waiter was faster.
  }
}

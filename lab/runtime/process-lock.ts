import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 100;

export type LockOptions = {
  folder: string;
  name: string;
  /** Called once with the holder's process id when there is something to wait for. */
  onWait?: (pid: number) => void;
  timeoutMs: number;
};

/**
 * Runs `work` while no other process of this machine does. The lock is a file with its holder's process id; a dead
 * holder's lock is taken over. Throws when the holder keeps it longer than `timeoutMs`.
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
    if (holder !== null && !waiting) options.onWait?.(holder);
    waiting = true;
    if (Date.now() > deadline) throw new Error(`process ${holder} has held ${file} for ${options.timeoutMs} ms`);
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Null for a moment: the file is there, its writer has not written yet, or it is just gone. */
function holderOf(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
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

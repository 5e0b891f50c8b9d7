import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLock } from "./process-lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, "x.lock");
const options = () => ({ folder, name: "x", timeoutMs: 10_000 });

it("lets one in at a time, and is gone afterwards", async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise(setImmediate);
    inside--;
  };
  await Promise.all([withLock(options(), work), withLock(options(), work), withLock(options(), work)]);
  expect(most).toBe(1);
  expect(existsSync(file())).toBe(false);
});

it("is given up when the work throws", async () => {
  await expect(withLock(options(), () => Promise.reject(new Error("broke")))).rejects.toThrow("broke");
  expect(existsSync(file())).toBe(false);
});

it("is taken over from a dead holder", async () => {
  writeFileSync(file(), String(spawnSync("true").pid));
  expect(await withLock(options(), async () => "done")).toBe("done");
});

it.runIf(existsSync("/proc/self/stat"))(
  "is taken over from a dead holder whose number a living process has now",
  async () => {
    writeFileSync(file(), `${process.pid} 1`);
    const takenOver = withLock(options(), async () => "done");
    await expect(takenOver).resolves.toBe("done");
  },
);

it("names a living holder, and gives up on it in the end", async () => {
  writeFileSync(file(), String(process.ppid));
  const told: number[] = [];
  const waiting = withLock({ ...options(), timeoutMs: 150, onWait: (pid) => told.push(pid) }, async () => {});
  await expect(waiting).rejects.toThrow(`process ${process.ppid} has held`);
  expect(told).toEqual([process.ppid]);
});

import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { ThreadLoad } from "./thread-load.ts";

/** Takes no CPU, and does not let the event loop go on: as a thread without a core. */
const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
function spin(cpuMs: number): void {
  const from = process.threadCpuUsage();
  for (let ms = 0; ms < cpuMs; ) {
    const { user, system } = process.threadCpuUsage(from);
    ms = (user + system) / 1_000;
  }
}

it("tells work from waiting for a core, and both from having nothing to do", async () => {
  await sleep(1);
  const load = new ThreadLoad();
  await sleep(150);
  const idle = load.take();
  expect(idle.cpuPercent + idle.waitPercent).toBeLessThan(60);
  block(100);
  await sleep(1);
  const waiting = load.take();
  expect(waiting.waitPercent).toBeGreaterThan(70);
  expect(waiting.cpuPercent).toBeLessThan(20);
  spin(100);
  await sleep(1);
  const working = load.take();
  // On a busy machine it waits as well.
  expect(working.cpuPercent + working.waitPercent).toBeGreaterThan(80);
  expect(working.cpuPercent).toBeGreaterThan(idle.cpuPercent);
});

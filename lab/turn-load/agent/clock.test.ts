import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { kernelTime, nowMs } from "./clock.ts";

it("is CLOCK_MONOTONIC in each of many threads that start at once and keep the machine busy", async () => {
  const file = new URL("test-clock-worker.ts", import.meta.url);
  const threads = Array.from({ length: 8 }, () => new Worker(file));
  const distances = await Promise.all(threads.map((thread) => once(thread, "message")));
  for (const [distanceMs] of distances) expect(distanceMs).toBeLessThan(0.05);
});

it("translates what performance.now() said", () => {
  const before = performance.now();
  expect(kernelTime(before)).toBeLessThanOrEqual(nowMs());
  expect(nowMs() - kernelTime(before)).toBeCloseTo(performance.now() - before, 0);
});

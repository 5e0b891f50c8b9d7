/** For a test: says how far its thread's clock is from CLOCK_MONOTONIC, by the nearest of some looks. */
import { parentPort } from "node:worker_threads";
import { kernelMs } from "../../peer/kernel-clock.ts";
import { nowMs } from "./clock.ts";

let nearestMs = Number.POSITIVE_INFINITY;
for (let look = 0; look < 200; look += 1) {
  const before = kernelMs();
  const now = nowMs();
  nearestMs = Math.min(nearestMs, Math.max(0, before - now, now - kernelMs()));
}
parentPort?.postMessage(nearestMs);

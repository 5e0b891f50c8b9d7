import { kernelMs } from "../../peer/kernel-clock.ts";

/** How near to each other two looks at CLOCK_MONOTONIC have to be for what was read between them to be as of both. */
const NEAR_MS = 0.02;
const MOST_LOOKS = 1_000;

/** `performance.now()` counts from the start of each thread, and CLOCK_MONOTONIC for all of them; it is ten times cheaper. */
const OFFSET_MS = offsetOf();

/**
 * A thread may be put aside between two looks, on a busy machine for as long as a connection takes: then one thread's clock would be
 * behind another's, and what is due on the one long past on the other.
 */
function offsetOf(): number {
  let [nearestMs, offsetMs] = [Number.POSITIVE_INFINITY, 0];
  for (let look = 0; look < MOST_LOOKS && nearestMs > NEAR_MS; look += 1) {
    const before = kernelMs();
    const now = performance.now();
    const after = kernelMs();
    if (after - before >= nearestMs) continue;
    nearestMs = after - before;
    offsetMs = (before + after) / 2 - now;
  }
  return offsetMs;
}

/** Milliseconds of CLOCK_MONOTONIC. */
export function nowMs(): number {
  return performance.now() + OFFSET_MS;
}

/** What `performance.now()` of this thread said, on the clock of all threads. */
export function kernelTime(performanceNow: number): number {
  return performanceNow + OFFSET_MS;
}

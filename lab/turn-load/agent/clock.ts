import { kernelMs } from "../../peer/kernel-clock.ts";

/** `performance.now()` counts from the start of each thread, and CLOCK_MONOTONIC for all of them; it is ten times cheaper. */
const OFFSET_MS = kernelMs() - performance.now();

/** Milliseconds of CLOCK_MONOTONIC. */
export function nowMs(): number {
  return performance.now() + OFFSET_MS;
}

/** What `performance.now()` of this thread said, on the clock of all threads. */
export function kernelTime(performanceNow: number): number {
  return performanceNow + OFFSET_MS;
}

import { kernelMs } from "../../peer/kernel-clock.ts";

/**
 * Between its two readings a thread may have to wait for a core, and all of its times would be early by that: on a busy machine by more than
 * a call takes to connect. The largest difference waited least.
 */
const OFFSET_TRIES = 20;

/** `performance.now()` counts from the start of each thread, and CLOCK_MONOTONIC for all of them; it is ten times cheaper. */
const OFFSET_MS = Math.max(...Array.from({ length: OFFSET_TRIES }, () => kernelMs() - performance.now()));

/** Milliseconds of CLOCK_MONOTONIC. */
export function nowMs(): number {
  return performance.now() + OFFSET_MS;
}

/** What `performance.now()` of this thread said, on the clock of all threads. */
export function kernelTime(performanceNow: number): number {
  return performanceNow + OFFSET_MS;
}

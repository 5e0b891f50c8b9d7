import type { Wheel } from "./wheel.ts";

/** With nothing due a wheel is looked at this often. */
const LONGEST_SLEEP_MS = 50;

/** Turns a wheel by one timer of the event loop, which wakes when something is due. */
export function driveWheel(wheel: Wheel, now: () => number): void {
  let timer: NodeJS.Timeout | undefined;
  let wakesAtMs = Number.POSITIVE_INFINITY;
  const sleepUntil = (dueMs: number) => {
    clearTimeout(timer);
    wakesAtMs = dueMs;
    // Timers of the event loop are of whole milliseconds, and less than one is one.
    timer = setTimeout(turn, Math.max(1, Math.ceil(dueMs - now())));
  };
  const turn = () => {
    // What is scheduled meanwhile is looked at when all that is due has fired.
    wakesAtMs = Number.NEGATIVE_INFINITY;
    wheel.advance(now());
    wakesAtMs = Number.POSITIVE_INFINITY;
    if (wheel.size > 0) sleepUntil(wheel.nextDueMs(LONGEST_SLEEP_MS));
  };
  wheel.onScheduled = (tickMs) => {
    if (tickMs < wakesAtMs) sleepUntil(tickMs);
  };
}

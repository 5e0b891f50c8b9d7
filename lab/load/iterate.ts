/**
 * Runs one session. VUs count from 1; iterations from 0, each VU's own in `per-vu-iterations`, `constant-vus` and `ramping-vus`, of
 * all VUs together in the others, as in k6. A session's fault is its outcome; a rejection is the lab's, and ends the load.
 */
export type Iterate = (vu: number, iteration: number, occasion: Occasion) => Promise<void>;

export type Occasion = {
  /**
   * When it should have begun, on `performance.now()`: what counts from there has no coordinated omission, however late a busy
   * machine is.
   */
  dueAt: number;
  /** Aborted when the iteration has to end whether it is finished or not. */
  signal: AbortSignal;
};

/** What came of a load. `interrupted` ones were begun, and cut off by `gracefulStop` or `gracefulRampDown`. */
export type LoadOutcome = { started: number; completed: number; interrupted: number; dropped: number };

/** What happens while a load runs. */
export type LoadWatch = {
  /**
   * Iterations that were due and had no VU (k6: `dropped_iterations`), or were left over at `maxDuration`. Unlike in k6 also those
   * that an interrupt left over, and those that the machine did not come to in time.
   */
  onDropped?: (count: number, reason: DropReason) => void;
};
export type DropReason = "no free VU" | "maxDuration was over" | "the time was over" | "interrupted";

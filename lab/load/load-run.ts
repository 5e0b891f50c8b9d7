import { setMaxListeners } from "node:events";
import type { DropReason, Iterate, LoadOutcome, LoadWatch } from "./iterate.ts";
import { sleep } from "./sleep.ts";

/** One load while it runs: counts its iterations, and ends them when their time is over. */
export class LoadRun implements Disposable {
  readonly startedAt = performance.now();
  readonly outcome: LoadOutcome = { started: 0, completed: 0, interrupted: 0, dropped: 0 };
  readonly #iterate: Iterate;
  readonly #watch: LoadWatch;
  readonly #cut = new AbortController();
  readonly #broken = new AbortController();
  /** Nobody waits any longer. */
  readonly #left: AbortSignal;
  /** Every iteration has to end. One signal for all: one for each of ten thousand would be 4 KB each. */
  readonly #ended: AbortSignal;
  readonly #timers: NodeJS.Timeout[] = [];
  #isOver = false;

  constructor(iterate: Iterate, signal: AbortSignal, watch: LoadWatch) {
    this.#iterate = iterate;
    this.#watch = watch;
    this.#left = AbortSignal.any([signal, this.#broken.signal]);
    this.#ended = AbortSignal.any([this.#left, this.#cut.signal]);
    // As many listen as iterations run at once.
    setMaxListeners(0, this.#ended);
  }

  /** After `durationMs` nothing more begins; `gracefulStopMs` later what still runs is interrupted. */
  endAfter(durationMs: number, gracefulStopMs: number): void {
    this.#after(durationMs, () => {
      this.#isOver = true;
    });
    this.#after(durationMs + gracefulStopMs, () => this.#cut.abort());
  }

  /** Whether nothing more may begin. */
  get isOver(): boolean {
    return this.#isOver || this.#left.aborted;
  }

  /** Whether what still runs has been interrupted, at the end of `gracefulStop`. */
  get isCut(): boolean {
    return this.#cut.signal.aborted;
  }

  get isInterrupted(): boolean {
    return this.#left.aborted;
  }

  /** @throws what the first iteration that was rejected said */
  throwIfBroken(): void {
    this.#broken.signal.throwIfAborted();
  }

  /** Waits until so long after the start; false when the load was interrupted meanwhile. */
  async until(ms: number): Promise<boolean> {
    const wait = this.startedAt + ms - performance.now();
    if (wait > 0 && !this.#left.aborted) await sleep(wait, this.#left);
    return !this.#left.aborted;
  }

  /** What ends an iteration that something else can end as well, as its VU's own end. */
  endedOr(stop: AbortSignal): AbortSignal {
    return AbortSignal.any([this.#ended, stop]);
  }

  /** One iteration, from its beginning to its end; never rejects. `signal`: of `endedOr`. */
  async iterate(vu: number, iteration: number, dueAt = performance.now(), signal = this.#ended): Promise<void> {
    this.outcome.started += 1;
    try {
      await this.#iterate(vu, iteration, { dueAt, signal });
    } catch (error) {
      this.#broken.abort(error);
    }
    if (signal.aborted) this.outcome.interrupted += 1;
    else this.outcome.completed += 1;
  }

  drop(count: number, reason: DropReason): void {
    if (count <= 0) return;
    this.outcome.dropped += count;
    this.#watch.onDropped?.(count, reason);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #after(ms: number, task: () => void): void {
    this.#timers.push(setTimeout(task, ms));
  }
}

/** A packet that is not back by then is lost. */
export const LOST_AFTER_MS = 2_000;
const SLOT_MS = 50;
/** More than the packets of `LOST_AFTER_MS`, with room for a stall. */
const SLOTS = 256;

/**
 * What came back of what was sent, for all clients of a worker at once: counted by when packets were due, because keeping each
 * packet would cost more than sending it. What a stretch of 50 ms still lacks 2 s after its end is lost.
 */
export class Deliveries {
  readonly #missing = new Int32Array(SLOTS);
  /** The first slot that is not yet settled. */
  #open: number;

  constructor(nowMs: number) {
    this.#open = slotOf(nowMs) - 1;
  }

  sent(dueMs: number): void {
    const slot = Math.max(slotOf(dueMs), this.#open);
    this.#missing[slot % SLOTS] = (this.#missing[slot % SLOTS] ?? 0) + 1;
  }

  /** False: it comes too late, and is or will be counted as lost. */
  received(dueMs: number, nowMs: number): boolean {
    const slot = slotOf(dueMs);
    if (nowMs - dueMs > LOST_AFTER_MS || slot < this.#open) return false;
    this.#missing[slot % SLOTS] = (this.#missing[slot % SLOTS] ?? 0) - 1;
    return true;
  }

  /** How many more are lost now. */
  settle(nowMs: number): number {
    return this.#settleUntil(slotOf(nowMs - LOST_AFTER_MS));
  }

  /** When nobody is there any more to whom a packet could come back. */
  settleAll(nowMs: number): number {
    return this.#settleUntil(slotOf(nowMs) + 1);
  }

  #settleUntil(end: number): number {
    let lost = 0;
    for (; this.#open < end; this.#open += 1) {
      lost += this.#missing[this.#open % SLOTS] ?? 0;
      this.#missing[this.#open % SLOTS] = 0;
    }
    return lost;
  }
}

const slotOf = (ms: number): number => Math.floor(ms / SLOT_MS);

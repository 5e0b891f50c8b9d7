/** Slots of 1 ms. What is due later than the wheel is long goes round with it. */
const SLOTS = 4096;

/** Something that is due. In one wheel at most, and there once. */
export abstract class Timer {
  dueMs = 0;
  /** Neighbours in a slot's ring; null: in no wheel. */
  previous: Timer | null = null;
  next: Timer | null = null;

  abstract fire(nowMs: number): void;
}

/** The head of a slot's ring. */
class Head extends Timer {
  constructor() {
    super();
    this.previous = this;
    this.next = this;
  }

  fire(): void {}
}

/**
 * Due times by the ten thousand (Varghese and Lauck's hashed timing wheel): scheduling and cancelling cost the same however many
 * there are, and neither makes an object. Nothing fires before it is due, and up to 1 ms after.
 */
export class Wheel {
  readonly #slots = Array.from({ length: SLOTS }, () => new Head());
  readonly #firing = new Head();
  /** The last millisecond whose slot was worked off. */
  #tick: number;
  #size = 0;
  /** Told when each timer that is scheduled will be looked at. */
  onScheduled: (tickMs: number) => void = () => {};

  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs);
  }

  get size(): number {
    return this.#size;
  }

  /** Again for one that is already in: at its new time only. */
  schedule(timer: Timer, dueMs: number): void {
    if (timer.next) unlink(timer);
    else this.#size += 1;
    timer.dueMs = dueMs;
    // What is overdue gets the next slot, so that a timer that schedules itself at once does not hold up the others.
    const tick = Math.max(Math.ceil(dueMs), this.#tick + 1);
    append(this.#slots[tick % SLOTS] as Head, timer);
    this.onScheduled(tick);
  }

  cancel(timer: Timer): void {
    if (!timer.next) return;
    unlink(timer);
    this.#size -= 1;
  }

  /** Fires all that is due by now, earlier slots first. */
  advance(nowMs: number): void {
    const last = Math.floor(nowMs);
    // After a stall longer than the wheel one round of it has everything.
    this.#tick = Math.max(this.#tick, last - SLOTS);
    while (this.#tick < last) {
      this.#tick += 1;
      this.#workOff(this.#slots[this.#tick % SLOTS] as Head, nowMs);
    }
  }

  /** When the next slot comes that is not empty, looked for that far ahead. */
  nextDueMs(withinMs: number): number {
    const limit = Math.min(withinMs, SLOTS - 1);
    for (let ahead = 1; ahead < limit; ahead += 1) {
      const head = this.#slots[(this.#tick + ahead) % SLOTS] as Head;
      if (head.next !== head) return this.#tick + ahead;
    }
    return this.#tick + limit;
  }

  #workOff(slot: Head, nowMs: number): void {
    if (slot.next === slot) return;
    // Taken out as a whole: what fires may schedule into this slot again, or cancel a neighbour.
    const firing = this.#firing;
    [firing.next, firing.previous] = [slot.next, slot.previous];
    (firing.next as Timer).previous = firing;
    (firing.previous as Timer).next = firing;
    [slot.next, slot.previous] = [slot, slot];
    while (firing.next !== firing) {
      const timer = firing.next as Timer;
      unlink(timer);
      if (timer.dueMs > nowMs) {
        append(slot, timer);
        continue;
      }
      this.#size -= 1;
      timer.fire(nowMs);
    }
  }
}

function append(head: Head, timer: Timer): void {
  const last = head.previous as Timer;
  timer.previous = last;
  timer.next = head;
  last.next = timer;
  head.previous = timer;
}

function unlink(timer: Timer): void {
  (timer.previous as Timer).next = timer.next;
  (timer.next as Timer).previous = timer.previous;
  timer.previous = null;
  timer.next = null;
}

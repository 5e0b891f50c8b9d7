import { monotonicMs, type Timer } from "./clock.ts";

/** How often it is looked whether something was heard; a silence is noticed at most this much late. */
const TICK_MS = 100;
/** How often the far peer is asked whether it is there, once in doubt; libwebrtc takes 480 ms (STRONG_PING_INTERVAL). */
const PROBE_INTERVAL_MS = 500;

type SilenceEvents = {
  /** Half of the time is gone: who has sent nothing because nothing was due may still answer. */
  onDoubt: () => void;
  onSilent: () => void;
};

/**
 * Notices that nothing is heard from the far peer any more. Only time in which this process could have heard something
 * counts: while it stands still packets wait in its sockets, and timers run before they are read. So a tick adds what a tick
 * takes at most, however late it is, and what waited is read before the next.
 */
export class SilenceWatch {
  readonly #afterMs: number;
  readonly #events: SilenceEvents;
  #timer: Timer | null = null;
  #countedToMs = 0;
  #silentForMs = 0;
  #probedAtMs = Number.NEGATIVE_INFINITY;

  constructor(afterMs: number, events: SilenceEvents) {
    this.#afterMs = afterMs;
    this.#events = events;
  }

  start(): void {
    if (this.#timer) return;
    this.#countedToMs = monotonicMs();
    this.#silentForMs = 0;
    this.#timer = setInterval(() => this.#tick(), Math.min(TICK_MS, this.#afterMs / 4));
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  heard(): void {
    this.#silentForMs = 0;
    this.#countedToMs = monotonicMs();
  }

  /** Nothing can be heard any more: that need not be waited for. */
  expire(): void {
    if (this.#timer === null || this.#silentForMs >= this.#afterMs) return;
    this.#silentForMs = this.#afterMs;
    this.#events.onSilent();
  }

  /** Whether so much of the time is gone that a silence may have begun. */
  get isInDoubt(): boolean {
    return this.#timer !== null && this.#silentForMs >= this.#afterMs / 2;
  }

  #tick(): void {
    const nowMs = monotonicMs();
    const wasSilent = this.#silentForMs >= this.#afterMs;
    this.#silentForMs += Math.min(nowMs - this.#countedToMs, 2 * TICK_MS);
    this.#countedToMs = nowMs;
    if (this.#silentForMs >= this.#afterMs) {
      if (!wasSilent) this.#events.onSilent();
    } else if (this.isInDoubt && nowMs - this.#probedAtMs >= Math.min(PROBE_INTERVAL_MS, this.#afterMs / 4)) {
      this.#probedAtMs = nowMs;
      this.#events.onDoubt();
    }
  }
}

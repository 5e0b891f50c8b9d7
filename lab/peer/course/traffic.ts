import type { Traffic } from "../../model/load.ts";
import { monotonicMs, type Timer } from "./clock.ts";

/** Timers fire late by a few milliseconds; what is due for longer than this is left out, not sent in a burst. */
export const MAX_LATENESS_MS = 20;
/** Until the far peer confirms it, a first message may have been lost: another one follows. */
const REPEAT_INTERVAL_MS = 100;
/** Who hears nothing for so long at the end of a call calls it broken, however long it was. */
const SILENT_END_MS = 5_000;
const SEQUENCE_BYTES = 4;

type TrafficPort = { send(message: Uint8Array): void };

/** Sends a session's messages by an absolute schedule, and counts what arrives. */
export class TrafficExchange {
  readonly #traffic: Traffic;
  readonly #port: TrafficPort;
  readonly #onPlannedEnd: () => void;
  messagesSent = 0;
  messagesReceived = 0;
  messagesSkipped = 0;
  firstDataAtMs: number | null = null;
  lastDataAtMs: number | null = null;
  #isFarPeerHearing = false;
  #startedAtMs: number | null = null;
  #due = 0;
  #lastSentAtMs = 0;
  #isOvertime = false;
  #timer: Timer | null = null;
  readonly #seen = new Set<number>();

  constructor(traffic: Traffic, port: TrafficPort, onPlannedEnd: () => void) {
    this.#traffic = traffic;
    this.#port = port;
    this.#onPlannedEnd = onPlannedEnd;
  }

  start(): void {
    this.#startedAtMs = monotonicMs();
    this.#tick();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The far peer has received a message: none needs to be repeated any more. */
  markHeard(): void {
    this.#isFarPeerHearing = true;
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#tick();
  }

  get isFarPeerHearing(): boolean {
    return this.#isFarPeerHearing;
  }

  /** Over a path that has just come up: nobody must wait for the next message that is due. */
  sendNow(): void {
    if (this.#startedAtMs !== null) this.#send();
  }

  /** Called at the planned end: not yet. Messages go on as before, and the end is looked at again with each of them. */
  goOn(): void {
    this.#isOvertime = true;
    this.#timer = setTimeout(() => this.#tick(), this.#intervalMs);
  }

  /** Counts one message; true when it is the first. */
  receive(message: Uint8Array): boolean {
    if (message.length < SEQUENCE_BYTES) return false;
    const sequence = viewOf(message).getUint32(0);
    if (this.#seen.has(sequence)) return false;
    this.#seen.add(sequence);
    this.messagesReceived++;
    this.lastDataAtMs = monotonicMs();
    const isFirst = this.firstDataAtMs === null;
    this.firstDataAtMs ??= this.lastDataAtMs;
    return isFirst;
  }

  /**
   * Whether the path fell silent before the planned end: nothing came in its last third, or its last five seconds where
   * that is longer, where at least two messages were due. Shorter phases than a second say too little.
   */
  hasFallenSilent(): boolean {
    const { durationMs, messagesPerSecond } = this.#traffic;
    const endMs = Math.min(durationMs / 3, Math.max(SILENT_END_MS, 3 * this.#intervalMs));
    if (this.#startedAtMs === null || durationMs < 1_000 || (messagesPerSecond * endMs) / 1_000 < 2) return false;
    return (this.lastDataAtMs ?? 0) < this.#startedAtMs + durationMs - endMs;
  }

  /** How far past its planned end it is. */
  get overtimeMs(): number {
    return monotonicMs() - (this.#startedAtMs ?? 0) - this.#traffic.durationMs;
  }

  get #intervalMs(): number {
    return 1_000 / this.#traffic.messagesPerSecond;
  }

  #tick(): void {
    this.#timer = null;
    const { durationMs } = this.#traffic;
    const startedAtMs = this.#startedAtMs ?? 0;
    const intervalMs = this.#intervalMs;
    const planned = Math.max(1, Math.floor(durationMs / intervalMs));
    const elapsedMs = monotonicMs() - startedAtMs;
    // The first message is never left out.
    for (; this.#due < planned && this.#due * intervalMs <= elapsedMs; this.#due++) {
      const isLate = this.#due > 0 && elapsedMs - this.#due * intervalMs > Math.max(MAX_LATENESS_MS, intervalMs);
      if (isLate) this.messagesSkipped++;
      else this.#send();
    }
    if (this.#isOvertime) {
      this.#isOvertime = false;
      this.#send();
    }
    const isPlannedEnd = elapsedMs >= durationMs && this.#due >= planned;
    if (isPlannedEnd && this.#isFarPeerHearing) return this.#onPlannedEnd();
    if (!this.#isFarPeerHearing && elapsedMs - this.#lastSentAtMs >= REPEAT_INTERVAL_MS) this.#send();
    const nextDueMs = this.#due < planned ? this.#due * intervalMs : Math.max(durationMs, elapsedMs + 5);
    const nextMs = this.#isFarPeerHearing ? nextDueMs : Math.min(nextDueMs, this.#lastSentAtMs + REPEAT_INTERVAL_MS);
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, startedAtMs + nextMs - monotonicMs()));
  }

  #send(): void {
    const message = new Uint8Array(Math.max(SEQUENCE_BYTES, this.#traffic.messageBytes));
    viewOf(message).setUint32(0, this.messagesSent);
    this.messagesSent++;
    this.#lastSentAtMs = monotonicMs() - (this.#startedAtMs ?? 0);
    this.#port.send(message);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

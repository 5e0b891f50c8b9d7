import type { PacketStream } from "../../model/traffic-profile.ts";
import { Timer } from "./wheel.ts";

/** A packet that is so late is not sent any more: later ones are due. */
const SKIP_AFTER_MS = 20;

/** The life that a stream is of. */
export interface FlowOwner {
  schedule(timer: Timer, dueMs: number): void;
  sendPacket(stream: number, number: number, dueMs: number): void;
  /** A packet that was due was not sent. */
  skip(): void;
}

/** One stream of one life: its packets' due times, and the jitter of those that came back. */
export class Flow extends Timer {
  readonly #owner: FlowOwner;
  /** Its place in the profile. */
  readonly index: number;
  readonly intervalMs: number;
  #number = 0;
  #transitMs = Number.NaN;
  /** RFC 3550 section 6.4.1. */
  jitterMs = Number.NaN;

  constructor(owner: FlowOwner, index: number, stream: PacketStream) {
    super();
    this.#owner = owner;
    this.index = index;
    this.intervalMs = 1_000 / stream.packetsPerSecond;
  }

  /** Its first packet is due anywhere in its first interval: clients that came together do not send together. */
  begin(nowMs: number): void {
    this.#owner.schedule(this, nowMs + Math.random() * this.intervalMs);
  }

  fire(nowMs: number): void {
    let dueMs = this.dueMs;
    for (; dueMs <= nowMs; dueMs += this.intervalMs) {
      if (nowMs - dueMs > SKIP_AFTER_MS) this.#owner.skip();
      else this.#owner.sendPacket(this.index, this.#number, dueMs);
      this.#number = (this.#number + 1) & 0xffffff;
    }
    this.#owner.schedule(this, dueMs);
  }

  received(dueMs: number, nowMs: number): void {
    const transitMs = nowMs - dueMs;
    const difference = Math.abs(transitMs - this.#transitMs);
    this.#transitMs = transitMs;
    if (Number.isNaN(difference)) return;
    this.jitterMs = Number.isNaN(this.jitterMs) ? difference / 16 : this.jitterMs + (difference - this.jitterMs) / 16;
  }
}

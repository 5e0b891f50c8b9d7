import type { PacketStream } from "../../model/traffic-profile.ts";
import type { Life } from "./life.ts";
import { Timer } from "./wheel.ts";

/** A packet that is so late is not sent any more: later ones are due. */
const SKIP_AFTER_MS = 20;

/** One stream of one life: its packets' due times, and the jitter of those that came back. */
export class Flow extends Timer {
  readonly life: Life;
  /** Its place in the profile. */
  readonly index: number;
  readonly intervalMs: number;
  #number = 0;
  #transitMs = Number.NaN;
  /** RFC 3550 section 6.4.1. */
  jitterMs = Number.NaN;

  constructor(life: Life, index: number, stream: PacketStream) {
    super();
    this.life = life;
    this.index = index;
    this.intervalMs = 1_000 / stream.packetsPerSecond;
  }

  /** Its first packet is due anywhere in its first interval: clients that came together do not send together. */
  begin(nowMs: number): void {
    this.life.schedule(this, nowMs + Math.random() * this.intervalMs);
  }

  fire(nowMs: number): void {
    let dueMs = this.dueMs;
    for (; dueMs <= nowMs; dueMs += this.intervalMs) {
      if (nowMs - dueMs > SKIP_AFTER_MS) this.life.skip();
      else this.life.sendPacket(this.index, this.#number, dueMs);
      this.#number = (this.#number + 1) & 0xffffff;
    }
    this.life.schedule(this, dueMs);
  }

  received(dueMs: number, nowMs: number): void {
    const transitMs = nowMs - dueMs;
    const difference = Math.abs(transitMs - this.#transitMs);
    this.#transitMs = transitMs;
    if (Number.isNaN(difference)) return;
    this.jitterMs = Number.isNaN(this.jitterMs) ? difference / 16 : this.jitterMs + (difference - this.jitterMs) / 16;
  }
}

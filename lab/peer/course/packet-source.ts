import type { MediaSent } from "../../model/events.ts";
import type { MediaStreamSpec } from "../../model/traffic-profile.ts";
import { monotonicMs, type Timer } from "./clock.ts";
import { RTP_FORMATS, RTP_HEADER_BYTES, writeRtp } from "./rtp-packet.ts";
import { MAX_LATENESS_MS } from "./traffic.ts";

/** Sends one stream by an absolute schedule: a late packet moves none after it, and one that is too late is left out. */
export class PacketSource {
  readonly #stream: MediaStreamSpec;
  readonly #send: (packet: Uint8Array) => void;
  readonly #intervalMs: number;
  #payloadBytes = 0;
  #startedAtMs: number | null = null;
  #due = 0;
  #sent = 0;
  #timer: Timer | null = null;

  constructor(stream: MediaStreamSpec, send: (packet: Uint8Array) => void) {
    this.#stream = stream;
    this.#send = send;
    this.#intervalMs = 1_000 / stream.packetsPerSecond;
  }

  /** `tagBytes`: what whoever carries the packets adds to each. Once. */
  start(tagBytes: number): void {
    this.#payloadBytes = Math.max(0, this.#stream.packetBytes - RTP_HEADER_BYTES - tagBytes);
    this.#startedAtMs = monotonicMs();
    this.#tick();
  }

  /** What is too late by now is left out, what is due this moment was never due. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#timer && this.#startedAtMs !== null) {
      const overdueMs = monotonicMs() - this.#startedAtMs - this.#allowedMs;
      this.#due = Math.max(this.#due, Math.ceil(overdueMs / this.#intervalMs));
    }
    this.#timer = null;
  }

  get #allowedMs(): number {
    return Math.max(MAX_LATENESS_MS, this.#intervalMs);
  }

  get sent(): MediaSent {
    const { kind } = this.#stream;
    const packetsSkipped = this.#due - this.#sent;
    return { kind, packetsSent: this.#sent, bytesSent: this.#sent * this.#payloadBytes, packetsSkipped };
  }

  #tick(): void {
    const startedAtMs = this.#startedAtMs ?? 0;
    const elapsedMs = monotonicMs() - startedAtMs;
    for (; this.#due * this.#intervalMs <= elapsedMs; this.#due++) {
      if (elapsedMs - this.#due * this.#intervalMs <= this.#allowedMs) this.#sendOne(startedAtMs);
    }
    const nextMs = this.#due * this.#intervalMs;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, startedAtMs + nextMs - monotonicMs()));
  }

  /** Stamped with when it really leaves, so that a timer that fires late is no jitter of the network. */
  #sendOne(startedAtMs: number): void {
    const { payloadType, clockRate } = RTP_FORMATS[this.#stream.kind];
    const timestamp = Math.round(((monotonicMs() - startedAtMs) * clockRate) / 1_000) >>> 0;
    const sequence = this.#sent & 0xffff;
    this.#sent++;
    this.#send(writeRtp({ payloadType, sequence, timestamp, payloadBytes: this.#payloadBytes }));
  }
}

import type { MediaReceived } from "../../model/events.ts";
import type { MediaKind } from "../../model/load.ts";
import { RTP_FORMATS, type RtpPacket } from "./rtp-packet.ts";

/** A packet that comes when so many after it have been sent counts as lost. */
const WINDOW = 4_096;

/** What arrives of one stream: counted once each, with RFC 3550's loss and jitter. */
export class PacketSink {
  readonly #kind: MediaKind;
  /** Of the last WINDOW sequence numbers: the extended one that came there; 0: none. */
  readonly #seen = new Float64Array(WINDOW);
  #first: number | null = null;
  #highest = 0;
  #received = 0;
  #bytes = 0;
  #reordered = 0;
  #jitter = 0;
  #last: { atMs: number; timestamp: number } | null = null;
  #firstAtMs = 0;

  constructor(kind: MediaKind) {
    this.#kind = kind;
  }

  get packetsReceived(): number {
    return this.#received;
  }

  /** False where it had come before. */
  receive({ sequence, timestamp, payloadBytes }: RtpPacket, atMs: number): boolean {
    const extended = this.#extend(sequence);
    const slot = extended % WINDOW;
    if (extended <= this.#highest - WINDOW || this.#seen[slot] === extended) return false;
    this.#seen[slot] = extended;
    if (this.#first === null) this.#firstAtMs = atMs;
    else if (extended < this.#highest) this.#reordered++;
    this.#first = Math.min(this.#first ?? extended, extended);
    this.#highest = Math.max(this.#highest, extended);
    this.#received++;
    this.#bytes += payloadBytes;
    this.#addJitter(timestamp, atMs);
    return true;
  }

  /** `sent`: how many the far peer says it sent; null: not known, and what came last is taken for the last. */
  report(sent: number | null): MediaReceived {
    const expected = sent ?? (this.#first === null ? 0 : this.#highest - this.#first + 1);
    const { clockRate } = RTP_FORMATS[this.#kind];
    const hasTwo = this.#last !== null && this.#received > 1;
    return {
      kind: this.#kind,
      packetsReceived: this.#received,
      packetsLost: Math.max(0, expected - this.#received),
      bytesReceived: this.#bytes,
      jitterMs: hasTwo ? (this.#jitter * 1_000) / clockRate : null,
      packetsReordered: this.#reordered,
      receivedForMs: hasTwo ? (this.#last?.atMs ?? 0) - this.#firstAtMs : null,
      framesDecoded: null,
    };
  }

  /** The number nearest to the highest so far of which these are the lower 16 bits. */
  #extend(sequence: number): number {
    // Numbers before the first one, which may come behind it, stay positive.
    if (this.#first === null) return sequence + 0x10000;
    const ahead = (sequence - this.#highest) & 0xffff;
    return this.#highest + (ahead < 0x8000 ? ahead : ahead - 0x10000);
  }

  /** RFC 3550 section 6.4.1: D of each packet and the one that came before it, whatever their order was. */
  #addJitter(timestamp: number, atMs: number): void {
    const { clockRate } = RTP_FORMATS[this.#kind];
    if (this.#last !== null) {
      const arrivedLater = ((atMs - this.#last.atMs) * clockRate) / 1_000;
      const sentLater = (timestamp - this.#last.timestamp) | 0;
      this.#jitter += (Math.abs(arrivedLater - sentLater) - this.#jitter) / 16;
    }
    this.#last = { atMs, timestamp };
  }
}

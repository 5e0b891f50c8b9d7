import type { MediaReceived, MediaSent } from "../../model/events.ts";
import type { MediaKind, Traffic } from "../../model/load.ts";
import { streamsOf } from "../../model/traffic-profile.ts";
import { monotonicMs } from "./clock.ts";
import { PacketSink } from "./packet-sink.ts";
import { PacketSource } from "./packet-source.ts";
import { kindOf, readRtp } from "./rtp-packet.ts";

type Stream = { kind: MediaKind; source: PacketSource; sink: PacketSink };

/** The RTP streams of one call at one peer, both ways: what this one sends, and what comes of the far one's. */
export class PacketExchange {
  readonly #streams: readonly Stream[];
  readonly #onArrived: () => void;
  #hasStarted = false;
  #farSent: Partial<Record<MediaKind, number>> | null = null;

  /** `onArrived`: called once, when a packet of each stream has come. */
  constructor(
    packets: NonNullable<Traffic["packets"]>,
    send: (kind: MediaKind, packet: Uint8Array) => void,
    onArrived: () => void,
  ) {
    this.#streams = streamsOf(packets).map((stream) => ({
      kind: stream.kind,
      source: new PacketSource(stream, (packet) => send(stream.kind, packet)),
      sink: new PacketSink(stream.kind),
    }));
    this.#onArrived = onArrived;
  }

  /** Begins to send; only the first call counts. */
  start(tagBytes: number): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    for (const { source } of this.#streams) source.start(tagBytes);
  }

  stop(): void {
    for (const { source } of this.#streams) source.stop();
  }

  /** Takes what came on a track of `kind`, or over the channel, where the payload type says which kind it is. */
  receive(packet: Uint8Array, kind?: MediaKind): void {
    const rtp = readRtp(packet);
    const stream = rtp && this.#streams.find((one) => one.kind === (kind ?? kindOf(rtp.payloadType)));
    if (!rtp || !stream) return;
    const isFirst = stream.sink.packetsReceived === 0;
    stream.sink.receive(rtp, monotonicMs());
    if (isFirst && this.#streams.every(({ sink }) => sink.packetsReceived > 0)) this.#onArrived();
  }

  /** The far peer has sent so many, and sends no more. */
  farHasFinished(packetsSent: Partial<Record<MediaKind, number>>): void {
    this.#farSent = packetsSent;
  }

  get isComplete(): boolean {
    return this.#streams.every(({ kind, sink }) => sink.packetsReceived >= (this.#farSent?.[kind] ?? 0));
  }

  get packetsSent(): Partial<Record<MediaKind, number>> {
    return Object.fromEntries(this.#streams.map(({ kind, source }) => [kind, source.sent.packetsSent]));
  }

  get report(): { media: MediaReceived[]; mediaSent: MediaSent[] } {
    return {
      media: this.#streams.map(({ kind, sink }) => sink.report(this.#farSent?.[kind] ?? null)),
      mediaSent: this.#streams.map(({ source }) => source.sent),
    };
  }
}

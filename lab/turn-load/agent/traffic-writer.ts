import type { PacketStream } from "../../model/traffic-profile.ts";
import { CHANNEL_DATA_HEADER_BYTES, FIRST_CHANNEL } from "../../stun/constants.ts";
import type { Link } from "./link.ts";
import { PACKET_HEADER_BYTES, writePacket } from "./packet.ts";
import type { PeerAddress } from "./peer-address.ts";
import { channelMessage, sendHeaderBytes, sendMessage, type TurnMessages } from "./turn-messages.ts";

/** Writes packets of each stream over one and the same bytes, which a link has copied or sent when it returns. */
export class TrafficWriter {
  readonly #messages: TurnMessages;
  readonly #by: "channel" | "send";
  readonly #isPadded: boolean;
  readonly #dataBytes: readonly number[];
  /** A whole message of each stream; of Send indications written anew for each. */
  readonly #templates: readonly Buffer[];

  constructor(messages: TurnMessages, by: "channel" | "send", streams: readonly PacketStream[], isPadded: boolean) {
    this.#messages = messages;
    this.#by = by;
    this.#isPadded = isPadded;
    this.#dataBytes = streams.map(({ packetBytes }) => Math.max(packetBytes, PACKET_HEADER_BYTES));
    this.#templates = this.#dataBytes.map((bytes) => channelMessage(FIRST_CHANNEL, bytes, isPadded));
  }

  dataBytes(stream: number): number {
    return this.#dataBytes[stream] ?? 0;
  }

  /** Returns how many bytes of application data that was. */
  send(link: Link, peer: PeerAddress, life: number, stream: number, number: number, dueMs: number): number {
    const bytes = this.dataBytes(stream);
    if (this.#by === "channel") {
      const message = this.#templates[stream] as Buffer;
      writePacket(message, CHANNEL_DATA_HEADER_BYTES, life, stream, number, dueMs);
      link.send(message);
    } else {
      const message = sendMessage(this.#messages.transactionId(), peer, bytes);
      writePacket(message, sendHeaderBytes(peer), life, stream, number, dueMs);
      link.send(message);
    }
    return bytes;
  }

  /** From the far allocation, what has just come there. */
  sendBack(link: Link, peer: PeerAddress, received: Buffer, offset: number): void {
    if (this.#by === "channel") {
      // Both allocations have bound the same channel number: the message that came is the one that goes.
      link.send(this.#isPadded ? this.#padded(received) : received);
      return;
    }
    const bytes = received.readUInt16BE(offset - 2);
    const message = sendMessage(this.#messages.transactionId(), peer, bytes);
    received.copy(message, sendHeaderBytes(peer), offset, offset + bytes);
    link.send(message);
  }

  /** As a stream needs ChannelData (RFC 8656 section 12.5). */
  #padded(message: Buffer): Buffer {
    const rest = message.length % 4;
    return rest === 0 ? message : Buffer.concat([message, PADDING.subarray(rest)]);
  }
}

const PADDING = Buffer.alloc(4);

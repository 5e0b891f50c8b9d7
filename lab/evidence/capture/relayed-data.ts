import { decodeChannelData } from "../../stun/channel-data.ts";
import { attribute, type StunMessage } from "../../stun/message.ts";
import { formatTransportAddress } from "../../stun/transport-address.ts";

/** A datagram that a relay carries, as it would be between the relayed address and its peer. */
export type Relayed = { from: string; to: string; payload: Buffer };

const MAX_FLOWS = 50_000;

/** What goes through TURN in the clear: Send and Data (RFC 8656 section 11), ChannelData (section 12). */
export class RelayedData {
  /** By the client's flow `CLIENT SERVER`: its relayed address. */
  readonly #relays = new Map<string, string>();
  /** By flow and channel number: the peer. */
  readonly #channels = new Map<string, string>();

  /** To be told of every message that is no check. */
  push(message: StunMessage, from: string, to: string): Relayed | null {
    if (message.method === "Allocate" && message.class === "success") {
      const relayed = attribute(message, "XOR-RELAYED-ADDRESS");
      if (relayed && this.#relays.size < MAX_FLOWS) this.#relays.set(`${to} ${from}`, formatTransportAddress(relayed));
      return null;
    }
    const peer = attribute(message, "XOR-PEER-ADDRESS");
    if (!peer) return null;
    if (message.method === "ChannelBind" && message.class === "request") {
      const channel = attribute(message, "CHANNEL-NUMBER");
      if (channel !== undefined && this.#channels.size < MAX_FLOWS)
        this.#channels.set(`${from} ${to} ${channel}`, formatTransportAddress(peer));
      return null;
    }
    const payload = attribute(message, "DATA");
    if (message.class !== "indication" || !payload) return null;
    const isOut = message.method === "Send";
    return this.#between(isOut ? `${from} ${to}` : `${to} ${from}`, formatTransportAddress(peer), payload, isOut);
  }

  /** Null where the channel was bound before the capture began. */
  pushChannelData(bytes: Buffer, from: string, to: string): Relayed | null {
    const data = decodeChannelData(bytes);
    if (!data) return null;
    for (const [flow, isOut] of [
      [`${from} ${to}`, true],
      [`${to} ${from}`, false],
    ] as const) {
      const peer = this.#channels.get(`${flow} ${data.channel}`);
      if (peer !== undefined) return this.#between(flow, peer, data.data, isOut);
    }
    return null;
  }

  #between(flow: string, peer: string, payload: Buffer, isOut: boolean): Relayed | null {
    const relay = this.#relays.get(flow);
    if (relay === undefined) return null;
    return isOut ? { from: relay, to: peer, payload } : { from: peer, to: relay, payload };
  }
}

import { addressToBytes, type TransportAddress } from "../../stun/transport-address.ts";

/** A TURN peer as it goes into a message: 4 or 16 bytes. */
export type PeerAddress = { bytes: Uint8Array; port: number };

export function peerAddress({ address, port }: TransportAddress): PeerAddress {
  return { bytes: addressToBytes(address), port };
}

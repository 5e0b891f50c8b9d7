import type { CapacityCall } from "../model/capacity.ts";

/** What one call puts on a server, by itself. Hops: packets that the server receives and sends on, both directions. */
export function callLoad(call: CapacityCall): {
  allocations: number;
  hopsPerSecond: number;
  payloadBitsPerSecond: number;
  wireBitsPerSecond: number;
} {
  // There and back; with both ends relayed each packet passes the server twice.
  const passes = call.relayed === "both" ? 4 : 2;
  const sum = (of: (stream: CapacityCall["streams"][number]) => number) =>
    call.streams.reduce((total, stream) => total + of(stream), 0);
  return {
    allocations: call.relayed === "both" ? 2 : 1,
    hopsPerSecond: passes * sum(({ packetsPerSecond }) => packetsPerSecond),
    payloadBitsPerSecond: passes * sum(({ packetsPerSecond, packetBytes }) => packetsPerSecond * packetBytes * 8),
    wireBitsPerSecond:
      passes *
      sum(({ packetsPerSecond, packetBytes }) => packetsPerSecond * (packetBytes + HEADER_BYTES[call.over]) * 8),
  };
}

/**
 * Ethernet, IPv4 and UDP or TCP, ChannelData's four (RFC 8656 section 12.4), and what TLS adds to a record (RFC 8446 section 5.2): of
 * the client's leg; the peer's is a datagram. The mean of both.
 */
const HEADER_BYTES = { udp: (46 + 42) / 2, tcp: (58 + 42) / 2, tls: (80 + 42) / 2 } as const;

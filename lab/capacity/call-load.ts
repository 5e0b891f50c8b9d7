import type { CapacityCall } from "../model/capacity.ts";
import { TRAFFIC_PROFILES } from "../model/traffic-profile.ts";

/** What one call puts on a server. */
export type CallLoad = {
  allocations: number;
  /** A hop is a packet that the server receives and sends on. */
  hopsPerSecond: number;
  /** Of payload, over all hops. */
  megabitsPerSecond: number;
  /** Frames that the server sends, or receives, each way alike. Between two relayed addresses of its own a packet takes no wire. */
  wireBitsPerSecond: number;
};

/**
 * Bytes of a frame beside its payload: Ethernet 14, IPv4 20, UDP 8, ChannelData 4 (RFC 8656 section 12.4); over TCP 20 and its timestamps
 * (RFC 7323) in the place of UDP; TLS 1.3 adds 22 to a record (RFC 8446 section 5.2). A peer's leg is UDP without ChannelData.
 */
const CLIENT_HEADER = { udp: 46, tcp: 70, tls: 92 } as const;
const PEER_HEADER = 42;

/** What one call comes to: there and back, and with both ends relayed through the server twice. */
export function callLoad({ over, relayed, streams }: CapacityCall): CallLoad {
  const sum = (of: (bytes: number) => number) =>
    streams.reduce((total, { packetBytes, packetsPerSecond }) => total + packetsPerSecond * of(packetBytes), 0);
  const passes = hopsPerPacket(relayed);
  const farHeader = relayed === "both" ? CLIENT_HEADER[over] : PEER_HEADER;
  const frame = (bytes: number) => 8 * (bytes + (CLIENT_HEADER[over] + farHeader) / 2);
  return {
    allocations: allocationsPerCall(relayed),
    hopsPerSecond: passes * sum(() => 1),
    megabitsPerSecond: (passes * sum((bytes) => 8 * bytes)) / 1e6,
    // There and back, whichever ends are relayed.
    wireBitsPerSecond: 2 * sum(frame),
  };
}

/** What a relayed client receives: IP packets, as providers bill them. */
export function clientBitsPerSecond({ over, streams }: Pick<CapacityCall, "over" | "streams">): number {
  const header = CLIENT_HEADER[over] - 14;
  return streams.reduce(
    (sum, { packetBytes, packetsPerSecond }) => sum + packetsPerSecond * 8 * (packetBytes + header),
    0,
  );
}

export const allocationsPerCall = (relayed: CapacityCall["relayed"]): number => (relayed === "both" ? 2 : 1);

/** Hops of a packet that a client sends and that comes back. */
export const hopsPerPacket = (relayed: CapacityCall["relayed"]): number => 2 * allocationsPerCall(relayed);

/** Mean payload; null without traffic. */
export function meanPacketBytes(streams: CapacityCall["streams"]): number | null {
  const packets = streams.reduce((sum, { packetsPerSecond }) => sum + packetsPerSecond, 0);
  if (packets === 0) return null;
  return streams.reduce((sum, { packetBytes, packetsPerSecond }) => sum + packetBytes * packetsPerSecond, 0) / packets;
}

/** `audio`, or what it is: `50 packets of 102 bytes a second`. */
export function describeTraffic(streams: CapacityCall["streams"]): string {
  const text = JSON.stringify(streams.map(({ packetBytes, packetsPerSecond }) => [packetBytes, packetsPerSecond]));
  for (const [name, profile] of Object.entries(TRAFFIC_PROFILES)) {
    const own = profile.map(({ packetBytes, packetsPerSecond }) => [packetBytes, packetsPerSecond]);
    if (JSON.stringify(own) === text) return name;
  }
  if (streams.length === 0) return "no traffic";
  const words = streams.map(
    ({ packetBytes, packetsPerSecond }) => `${packetsPerSecond} packets of ${packetBytes} bytes a second`,
  );
  return words.join(" and ");
}

import { type IceUrlKind, parseIceUrlKind, type TurnTransport } from "./ice.ts";
import type { TurnListener } from "./turn-listeners.ts";

/**
 * A TURN server that is already deployed, outside of the lab: found, so that nothing about it is left to be looked up.
 * It is no part of a scenario file; `--turn-url` puts it in the place of a scenario's own server.
 */
export type OutsideServer = {
  /** As its URLs name it, in small letters: a DNS name or an IPv4 address. */
  host: string;
  /** Where the engine's machine reaches it. */
  address: string;
  /** What its URLs lead to, each once. */
  listeners: TurnListener[];
};

/** A port of an outside server that the uplink leads to; TLS is bytes on TCP. */
export type UplinkPort = { protocol: "udp" | "tcp"; port: number };

/** What went through an uplink by one port, as counted at its outer end. */
export type UplinkTraffic = UplinkPort & {
  /** Flows that were begun towards the server. */
  flows: number;
  /** Flows that one of the uplink's limits kept from beginning. */
  refused: number;
  bytesOut: number;
  bytesIn: number;
};

/** The ports that listeners need, each once. */
export function uplinkPorts(listeners: readonly TurnListener[]): UplinkPort[] {
  const ports = listeners.map(({ transport, port }) => ({ protocol: protocolOf(transport), port }));
  return ports.filter(
    (one, index) => ports.findIndex(({ protocol, port }) => protocol === one.protocol && port === one.port) === index,
  );
}

const protocolOf = (transport: TurnTransport): UplinkPort["protocol"] => (transport === "udp" ? "udp" : "tcp");

/**
 * The listeners that stand for a kind of URL, which was written for a server of the lab: those over its transport, and of
 * them the one at its port where there is such a one. STUN is asked where TURN over UDP is.
 */
export function listenersFor(kind: IceUrlKind, listeners: readonly TurnListener[]): TurnListener[] {
  const parsed = parseIceUrlKind(kind);
  if (!parsed) return [];
  const alike = listeners.filter(({ transport }) => transport === parsed.transport);
  const exact = alike.filter(({ port }) => port === parsed.port);
  return exact.length > 0 ? exact : alike;
}

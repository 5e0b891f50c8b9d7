import type { EndpointDependence } from "../../model/nat.ts";
import type { ObservedPorts } from "../../model/observed-nat.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";

/** Consecutive ports lie closer together than so many by chance once in 10^16 times. */
const SEQUENCE_SPREAD = 128;

/** A port that another host has already cannot be kept; by chance, none is. */
const KEPT_SHARE = 2 / 3;

/**
 * How the outside ports of sockets that sent one after the other follow each other; RFC 4787 section 4.2. Null below
 * three. Others may draw from a sequence in between, and a sequence may begin anew once.
 */
export function classifyPorts(sockets: readonly { inside: number; outside: number }[]): ObservedPorts | null {
  if (sockets.length < 3) return null;
  const kept = sockets.filter(({ inside, outside }) => inside === outside).length;
  if (kept >= sockets.length * KEPT_SHARE) return "preserving";
  const ports = sockets.map(({ outside }) => outside).sort((a, b) => a - b);
  const gaps = ports.slice(1).map((port, index) => port - (ports[index] ?? 0));
  const rewinds = gaps.filter((gap) => gap > SEQUENCE_SPREAD).length;
  const spread = gaps.filter((gap) => gap <= SEQUENCE_SPREAD).reduce((sum, gap) => sum + gap, 0);
  // Those with a neighbour: one lost packet is sent again later, when others have drawn.
  const neighbours = gaps.filter((gap) => gap > 0 && gap <= 2).length;
  const isSequence = rewinds <= 1 && spread <= SEQUENCE_SPREAD && neighbours >= (gaps.length - rewinds) / 2;
  return isSequence && new Set(ports).size === ports.length ? "sequential" : "random";
}

/**
 * The mapped addresses seen by address 1 port 1, address 2 port 1 and, where there are two ports to ask, address 2 port
 * 2 (RFC 5780 section 4.3). One that changes with the port alone counts as address-and-port-dependent, and so does one
 * that changes where there is one port only.
 */
export function classifyMapping(
  first: TransportAddress,
  second: TransportAddress,
  third: TransportAddress | undefined,
): EndpointDependence {
  const isSame = isSameTransportAddress(first, second);
  if (third === undefined) return isSame ? "endpoint-independent" : "address-and-port-dependent";
  if (!isSameTransportAddress(second, third)) return "address-and-port-dependent";
  return isSame ? "endpoint-independent" : "address-dependent";
}

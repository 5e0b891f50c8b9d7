import type { TurnTransport } from "../model/ice.ts";

/** How long the missing calls of a step take to set out, where their number lets them. */
const ARRIVALS_S = 3;
/**
 * For each core, and no more: about a tenth of what coturn 4.6.1 does there, so that setting up does not decide what is held. TLS
 * takes some milliseconds of the server's for each handshake.
 */
const MOST_PER_CORE: Readonly<Record<TurnTransport, number>> = { udp: 400, tcp: 300, tls: 50 };
const LEAST_PER_SECOND = 5;

/** Calls per second that set out. */
export function arrivalPace(missing: number, over: TurnTransport, cpus: number): number {
  const most = Math.max(LEAST_PER_SECOND, MOST_PER_CORE[over] * cpus);
  return Math.min(most, Math.max(LEAST_PER_SECOND, missing / ARRIVALS_S));
}

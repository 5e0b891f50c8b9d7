import type { CandidateType, TurnTransport } from "../../model/ice.ts";

/** RFC 8445 section 5.1.2.2: recommended type preferences. */
const TYPE_PREFERENCE = { host: 126, prflx: 110, srflx: 100 } as const;
/** libwebrtc (p2p/base/port.h): a relayed candidate by how the TURN server is reached, UDP before TCP before TLS. */
const RELAY_PREFERENCE: Record<TurnTransport, number> = { udp: 2, tcp: 1, tls: 0 };

const COMPONENT = 1;

/**
 * RFC 8445 section 5.1.2.1. `order` counts the candidates of one type from 0 (address or URL in the given
 * order), so that local preferences differ as section 5.1.2.1 demands.
 */
export function candidatePriority(type: Exclude<CandidateType, "relay"> | TurnTransport, order: number): number {
  const typePreference =
    type in RELAY_PREFERENCE ? RELAY_PREFERENCE[type as TurnTransport] : TYPE_PREFERENCE[type as "host"];
  return typePreference * 2 ** 24 + (65_535 - order) * 2 ** 8 + (256 - COMPONENT);
}

type Prioritized = { localCandidate: { priority: number }; remoteCandidate: { priority: number } };

/**
 * Orders pairs as RFC 8445 section 6.1.2.3 does, highest first. Compared part by part: the formula needs 2^32,
 * which werift writes as `1 << 32`, and that is 1 in JavaScript.
 */
export function comparePairs(a: Prioritized, b: Prioritized, isControlling: boolean): number {
  const parts = ({ localCandidate: local, remoteCandidate: remote }: Prioritized) => {
    const [g, d] = isControlling ? [local.priority, remote.priority] : [remote.priority, local.priority];
    return [Math.min(g, d), Math.max(g, d), g > d ? 1 : 0] as const;
  };
  const [minA, maxA, tieA] = parts(a);
  const [minB, maxB, tieB] = parts(b);
  return minB - minA || maxB - maxA || tieB - tieA;
}

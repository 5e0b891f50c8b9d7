import { CONFIDENCES, type Confidence, type Reason } from "../model/diagnosis.ts";
import type { Source } from "../model/evidence.ts";
import type { TurnTransport } from "../model/ice.ts";
import type { EndpointDependence } from "../model/nat.ts";

/** What evidence may tell of the networks around a call, and in which words. */
export type Facts = {
  /** `none`: the peer's own address is the one that the internet sees. */
  nat: "none" | "present";
  nat_mapping: EndpointDependence;
  /** `direct`: the peer itself has a carrier's address; `behind-router`: its router has. */
  carrier_nat: "direct" | "behind-router";
  hidden_hosts: true;
  ip_family: "ipv4" | "ipv6" | "dual";
  /** What its network lets out, as far as its servers were reached. */
  way_out: "open" | "udp-blocked" | "only-443" | "tls-443" | "proxy" | "nothing";
  /** Addresses of one end on networks of their own: VPN, containers, two ways out. */
  interfaces: readonly string[];
  turn_transport: TurnTransport;
  /** Which servers the application gave. */
  ice_servers: "none" | "stun-only" | "turn";
  transport_policy: "relay";
  credential: "expired" | "milliseconds";
  /** Why the rest of the internet cannot send to a relayed address: `unspecified` is 0.0.0.0. */
  relay_address: "private" | "carrier" | "unspecified" | "not-the-servers";
  /** How many TURN servers the relayed addresses of both ends are of. */
  turn_servers: number;
};
export type FactName = keyof Facts;

/** One conclusion: `of` an end or a server by name, or of `the call`. */
export type Conclusion<F extends FactName = FactName> = {
  [K in F]: {
    fact: K;
    of: string;
    value: Facts[K];
    confidence: Confidence;
    /** One sentence: what it means. */
    text: string;
    because: Reason[];
  };
}[F];

export const THE_CALL = "the call";

/** The surest conclusion on a fact, or null where there is none. */
export function concluded<F extends FactName>(
  conclusions: readonly Conclusion[],
  of: string,
  fact: F,
): Conclusion<F> | null {
  const found = conclusions.filter((one) => one.of === of && one.fact === fact);
  const [surest] = found.toSorted((a, b) => CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence));
  // The fact is the one that was asked for.
  return (surest as Conclusion<F> | undefined) ?? null;
}

/** `line 12`, `frame 3`, or the path in a JSON; null of a whole file. */
export function placeIn({ line, path, frame }: Source): string | null {
  if (line !== undefined) return `line ${line}`;
  return frame === undefined ? (path ?? null) : `frame ${frame}`;
}

/** `dump.json: line 12, line 13; call.pcap: frame 3`; places of one file once, and at most three of each. */
export function placesOf(reasons: readonly Pick<Reason, "at">[]): string {
  const byFile = Map.groupBy(
    reasons.flatMap(({ at }) => at ?? []),
    ({ file }) => file,
  );
  return [...byFile]
    .map(([file, sources]) => {
      const places = [...new Set(sources.flatMap((source) => placeIn(source) ?? []))].slice(0, 3);
      return places.length === 0 ? file : `${file}: ${places.join(", ")}`;
    })
    .join("; ");
}

/** ICE words (RFC 8445) as data. */

export type CandidateType = "host" | "srflx" | "prflx" | "relay";

/** How a TURN client reaches its server (RFC 8656 section 2.1; TLS is `turns:`). */
export type TurnTransport = "udp" | "tcp" | "tls";

/** Where a server listens unless it is told otherwise (RFC 8489 section 8.1), TLS on the second. */
export const STUN_PORT = 3478;
export const TLS_PORT = 5349;
/** Relayed transport addresses have these ports unless a server is told otherwise (RFC 8656 section 7.2). */
export const RELAY_PORTS = { min: 49152, max: 65535 } as const;

/** A kind of URL that a server offers: STUN alone, or TURN over one transport; with a port where it is not the usual. */
export type IceUrlKind = "stun" | TurnTransport | `${TurnTransport}:${number}`;

/** What a server is good for when nothing else is said. */
export const ALL_URL_KINDS: readonly IceUrlKind[] = ["stun", "udp", "tcp", "tls"];

export type ParsedIceUrlKind = {
  use: "stun" | "turn";
  transport: TurnTransport;
  /** Null: the server's usual one. */
  port: number | null;
};

/** Null where the text is no kind: see `IceUrlKind`. */
export function parseIceUrlKind(text: string): ParsedIceUrlKind | null {
  if (text === "stun") return { use: "stun", transport: "udp", port: null };
  const match = /^(udp|tcp|tls)(?::([1-9]\d{0,4}))?$/.exec(text);
  if (!match) return null;
  const [, transport, digits] = match;
  const port = digits === undefined ? null : Number(digits);
  return port !== null && port > 65_535 ? null : { use: "turn", transport: transport as TurnTransport, port };
}

/** Class of the selected pair: `relayed` when either end is a relay, `local` inside one LAN, else `direct`. */
export type PathClass = "local" | "direct" | "relayed";

/** W3C `RTCIceServer`, one URL list with one credential. */
export type IceServer = {
  urls: string[];
  username?: string;
  credential?: string;
};

/** A candidate as a peer gathered or saw it. `url` is the server URL it came from (srflx, relay). */
export type Candidate = {
  type: CandidateType;
  protocol: "udp" | "tcp";
  address: string;
  port: number;
  priority: number;
  relatedAddress?: string;
  relatedPort?: number;
  url?: string;
};

/**
 * Names one end of a selected pair: `relay` when it sends through its TURN server, whatever address that server claims;
 * else its own candidate at the address the far peer sends to, and `prflx` when that address was never gathered
 * (RFC 8445 section 7.3.1.3). Where one of them has a name or nothing for an address, the rest must do.
 */
export function endType(
  end: { candidates: readonly Candidate[]; selectedTransport: TurnTransport | null },
  seenByFarPeer: Pick<Candidate, "address" | "port" | "type">,
): CandidateType {
  if (end.selectedTransport !== null) return "relay";
  const { address, port, type } = seenByFarPeer;
  const atPort = end.candidates.filter((c) => c.port === port);
  const match =
    atPort.find((c) => c.address === address) ??
    // A browser keeps the addresses behind mDNS names from its page, and says only of which type they are.
    atPort.find((c) => address === "" && c.type === type) ??
    atPort.find((c) => isMdnsName(c.address) && isBeforeNat(address));
  return match?.type ?? "prflx";
}

/** A host candidate told by name (draft-ietf-mmusic-mdns-ice-candidates). */
export const isMdnsName = (address: string): boolean => address.endsWith(".local");

/** Private, or IPv6: an address that a host has itself and no NAT of this lab gives. */
const isBeforeNat = (address: string): boolean =>
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address) || address.includes(":");

/** Classifies a pair from both ends' types; `sameLan` tells whether both peers hang on one LAN. */
export function pathClass(offerer: CandidateType, answerer: CandidateType, sameLan: boolean): PathClass {
  if (offerer === "relay" || answerer === "relay") return "relayed";
  return sameLan ? "local" : "direct";
}

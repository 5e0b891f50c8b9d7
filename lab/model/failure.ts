/** Why a session failed, or broke its scenario's expectation: every code there is, with the leg it stands for. */

/** Where on the way from an application to its far peer something breaks, in the order that a call comes by it. */
export const LEGS = {
  ice_servers: "application to the API that gives iceServers",
  configuration: "application to its own peer connection",
  name_resolution: "peer to its resolver",
  tcp_connect: "peer to TURN server, TCP connect",
  proxy: "peer to its HTTP proxy",
  tls: "peer to TURN server, TLS handshake",
  stun: "peer to STUN server",
  turn_server: "peer to TURN server",
  authentication: "peer to TURN server, credential",
  allocation: "peer to TURN server, Allocate",
  permission: "TURN server's peer ACL (CreatePermission, ChannelBind)",
  relay: "far side to the relayed address",
  between_relays: "relayed address to relayed address",
  signalling: "peer to peer, signalling",
  checks: "peer to peer, connectivity checks",
  dtls: "peer to peer, DTLS and SCTP handshake",
  data: "peer to peer, data of a connected session",
  peer: "the peer itself",
} as const;
export type Leg = keyof typeof LEGS;

type Entry = {
  leg: Leg;
  /** What it usually means. */
  means: string;
  /** What to change. */
  change: string;
  /**
   * What the ends see of it, as codes without `seenAs`: they cannot tell it apart from others. Absent: an end says it itself.
   */
  seenAs?: readonly string[];
};

const SILENT = ["turn_no_answer", "stun_no_answer", "turn_connect_failed"] as const;
const NO_PAIR = ["ice_failed", "session_timeout"] as const;
const DROPPED = ["data_failed", "ice_failed", "session_timeout"] as const;

export const FAILURES = {
  // What the ends say themselves.
  ice_servers_unauthorized: {
    leg: "ice_servers",
    means: "401 from the API that gives iceServers: its keys are wrong.",
    change: "Give the application the API's keys of this account and environment.",
  },
  ice_servers_forbidden: {
    leg: "ice_servers",
    means: "403 from the API that gives iceServers: the keys are right and may not do this.",
    change: "Let these keys create TURN credentials, or use others.",
  },
  ice_servers_rate_limited: {
    leg: "ice_servers",
    means: "429 from the API that gives iceServers: too many requests.",
    change: "Cache the list for less than its lifetime instead of asking for every call.",
  },
  ice_servers_refused: {
    leg: "ice_servers",
    means: "Another refusal by the API that gives iceServers: what was asked is wrong (lifetime, channel, path).",
    change: "Ask as the provider documents; its answer is in the message.",
  },
  ice_servers_unavailable: {
    leg: "ice_servers",
    means: "The API that gives iceServers answered with a 5xx, or not over a whole connection.",
    change: "Keep a fallback list of servers, and retry later.",
  },
  ice_servers_timeout: {
    leg: "ice_servers",
    means: "The API that gives iceServers did not answer in time.",
    change: "Ask before the call begins, cache, and keep a fallback list.",
  },
  ice_servers_malformed: {
    leg: "ice_servers",
    means: "The answer of the API that gives iceServers is not what the provider documents.",
    change: "Read the provider's shape (`urls` or `url`, an object or a list) as it documents it now.",
  },
  configuration_rejected: {
    leg: "configuration",
    means:
      "The browser refused the whole list of ICE servers: an entry of it is malformed, or a TURN URL has no credential.",
    change: "Mend or leave out that entry: one bad entry costs all servers.",
  },
  ice_failed: {
    leg: "checks",
    means: "No candidate pair answered: the two networks have no common path with the ICE servers given.",
    change: "Give both peers a TURN server that they reach.",
  },
  session_timeout: {
    leg: "checks",
    means: "The session reached its time limit without ICE saying yes or no.",
    change: "Look at the timeline for what it was waiting for.",
  },
  dtls_failed: {
    leg: "dtls",
    means: "ICE connected, but the DTLS handshake did not finish.",
    change: "Look for a path MTU below what a handshake's datagrams need, and for fingerprints changed on the way.",
  },
  sctp_failed: {
    leg: "dtls",
    means: "DTLS connected, but the data channel's SCTP association did not start.",
    change: "Look for a path that loses what is larger than a check.",
  },
  data_failed: {
    leg: "data",
    means: "The channel opened, but data did not arrive at both ends.",
    change: "Look at what lay on the path when data ended.",
  },
  media_failed: {
    leg: "data",
    means: "Data arrived at both ends, but the far peer's audio or video did not.",
    change: "Look at codecs, directions and the rate that the path carries.",
  },
  turn_unauthorized: {
    leg: "authentication",
    means: "401 Unauthorized: user, password or the server's stored key is wrong, or the credential has expired.",
    change: "Mint a credential with the server's own secret and realm, and try it against that server.",
  },
  turn_forbidden: {
    leg: "permission",
    means: "403 Forbidden: the server's peer ACL or policy refused it.",
    change: "Allow the peers that calls need (`allowed-peer-ip`), and keep the rest denied.",
  },
  turn_allocation_mismatch: {
    leg: "allocation",
    means: "437 Allocation Mismatch: the realm is not the server's, or the 5-tuple is still in use.",
    change: "Take a new local port after 437, and release allocations (Refresh, lifetime 0).",
  },
  turn_wrong_credentials: {
    leg: "authentication",
    means: "441 Wrong Credentials: another user or realm than the allocation's.",
    change: "Use one credential for all requests of an allocation.",
  },
  turn_unsupported_transport: {
    leg: "allocation",
    means: "442 Unsupported Transport Protocol.",
    change: "Ask for a relayed address over UDP: no browser uses any other.",
  },
  turn_quota_reached: {
    leg: "allocation",
    means: "486 Allocation Quota Reached: user-quota, total-quota or bps-capacity is used up.",
    change: "Raise the quota to calls times allocations per call: each URL and each interface takes one.",
  },
  turn_insufficient_capacity: {
    leg: "allocation",
    means: "508 Insufficient Capacity: no relay port left.",
    change: "Widen min-port to max-port, in the firewall as well; look for allocations that are never released.",
  },
  turn_error: {
    leg: "turn_server",
    means: "The TURN server answered with another error.",
    change: "Look the number up in RFC 8489 section 14.8 and RFC 8656 section 19.",
  },
  turn_no_answer: {
    leg: "turn_server",
    means: "No answer from the TURN server: the port is blocked on the way, or nothing listens.",
    change: "Offer TURN over TCP, and over TLS on port 443, beside UDP.",
  },
  stun_no_answer: {
    leg: "stun",
    means: "No answer from the STUN server: UDP is blocked on the way, or nothing listens.",
    change: "Offer TURN over TCP and TLS: STUN helps only where UDP passes.",
  },
  turn_connect_failed: {
    leg: "tcp_connect",
    means: "TCP to the TURN server was refused or timed out.",
    change: "Let the server listen there, and open the port in every firewall on the way.",
  },
  proxy_refused: {
    leg: "proxy",
    means: "403 Forbidden, or another 4xx: the HTTP proxy does not connect to this port or host.",
    change: "Offer TURN over TLS on port 443: proxies connect there.",
  },
  proxy_unauthorized: {
    leg: "proxy",
    means: "407 Proxy Authentication Required: the HTTP proxy wants a user and a password.",
    change: "Give the client the proxy's credential.",
  },
  proxy_failed: {
    leg: "proxy",
    means:
      "The HTTP proxy is not there, does not answer, or says that it cannot connect to the TURN server (500, 502, 504).",
    change: "Mend the proxy, or the way from it to the TURN server.",
  },
  turn_tls_failed: {
    leg: "tls",
    means: "TLS to the TURN server failed: the certificate is not trusted or does not name the host.",
    change: "Look at the certificate as a client sees it: name, dates, chain.",
  },
  dns_failed: {
    leg: "name_resolution",
    means: "The name of the STUN or TURN server does not resolve.",
    change: "Correct the name in the list, or its records.",
  },
  peer_crashed: { leg: "peer", means: "The peer process ended or broke.", change: "Look at that peer's log." },
  peer_hung: { leg: "peer", means: "The peer process stopped answering.", change: "Look at that peer's log." },
  peer_not_started: {
    leg: "peer",
    means: "The peer's browser is missing, or did not start.",
    change: "Look at that peer's log.",
  },

  // What stands behind it, as far as both ends, the server and the network together tell.
  udp_blocked: {
    leg: "turn_server",
    means: "The peer's network lets no UDP out.",
    change: "Offer TURN over TCP, and over TLS on port 443.",
    seenAs: [...SILENT, ...NO_PAIR],
  },
  turn_port_blocked: {
    leg: "turn_server",
    means: "The peer's network does not let the TURN server's port out.",
    change: "Offer TURN on port 443, over TLS: networks that close others leave this open.",
    seenAs: [...SILENT, ...NO_PAIR, "turn_error"],
  },
  turn_tls_required: {
    leg: "tls",
    means: "The peer's network lets only TLS through on this port; plain TURN is cut.",
    change: "Offer `turns:` on port 443 instead of `turn:…:443?transport=tcp`.",
    seenAs: [...SILENT, "turn_error", ...NO_PAIR],
  },
  turn_firewalled: {
    leg: "turn_server",
    means: "The firewall in front of the TURN server does not let its listening port in.",
    change: "Open the listening ports, UDP and TCP, in the server's or the cloud's firewall.",
    seenAs: [...SILENT, ...NO_PAIR],
  },
  turn_not_listening: {
    leg: "turn_server",
    means: "The TURN server does not listen on this port and transport.",
    change: "Correct the URL, or the server's listening-port, tls-listening-port, certificate and permissions.",
    seenAs: [...SILENT, ...NO_PAIR],
  },
  turn_server_lost: {
    leg: "turn_server",
    means: "The TURN server was killed, or cut off from the network.",
    change: "Give clients a second server, and take dead ones out of DNS and of the list.",
    seenAs: [...SILENT, ...DROPPED],
  },
  turn_server_not_started: {
    leg: "turn_server",
    means: "The TURN server did not start with its configuration, or a listener of it never answered.",
    change:
      "Start it by hand and read its log: an option of another version, a port in use, a certificate it may not read.",
    seenAs: [],
  },
  turn_answers_expire: {
    leg: "turn_server",
    means: "The server's answers leave with an IP TTL that ends at the first router (coturn 4.17.0 and 4.17.1).",
    change: "Run a coturn from 4.17.2 on, or an older one than 4.17.",
    seenAs: [...SILENT, ...NO_PAIR],
  },
  turn_alternate_not_followed: {
    leg: "allocation",
    means: "300 Try Alternate: the server names another one, and the client does not go there.",
    change: "Balance load by DNS or by the list, or make the client follow ALTERNATE-SERVER.",
    seenAs: ["turn_error", ...NO_PAIR],
  },
  turn_tls_expired: {
    leg: "tls",
    means: "The TURN server's certificate has expired.",
    change: "Renew it, and have the server load it (coturn: SIGUSR2).",
    seenAs: ["turn_tls_failed", "turn_connect_failed", ...NO_PAIR],
  },
  turn_tls_incomplete_chain: {
    leg: "tls",
    means: "The TURN server sends its certificate without the intermediate one that signed it.",
    change: "Let `cert` name the full chain (fullchain.pem), not the leaf alone (cert.pem).",
    seenAs: ["turn_tls_failed", "turn_connect_failed", ...NO_PAIR],
  },
  turn_tls_wrong_name: {
    leg: "tls",
    means: "The TURN server's certificate does not name the host of the URL.",
    change: "Use the certificate's name in the URL, not an address or an alias.",
    seenAs: ["turn_tls_failed", "turn_connect_failed", ...NO_PAIR],
  },
  turn_tls_unknown_ca: {
    leg: "tls",
    means: "The TURN server's certificate is signed by an authority that the client does not know.",
    change: "Take a certificate of a public authority, or have clients trust this one.",
    seenAs: ["turn_tls_failed", "turn_connect_failed", ...NO_PAIR],
  },
  turn_unknown_user: {
    leg: "authentication",
    means: "The TURN server does not know this user.",
    change: "Correct the user's name, or add it to the server (`user=`, turnadmin).",
    seenAs: ["turn_unauthorized", ...NO_PAIR],
  },
  turn_wrong_password: {
    leg: "authentication",
    means: "The TURN server knows the user, with another password.",
    change: "Correct the password on one of both sides.",
    seenAs: ["turn_unauthorized", ...NO_PAIR],
  },
  turn_wrong_realm: {
    leg: "authentication",
    means: "The stored key or the credential was made for another realm than the server's.",
    change: "Use one realm: `realm=`, `turnadmin -r`, and what clients present.",
    seenAs: ["turn_unauthorized", "turn_allocation_mismatch", "turn_wrong_credentials", ...NO_PAIR],
  },
  turn_credential_expired: {
    leg: "authentication",
    means: "The time-limited credential was past its expiry when it was presented.",
    change: "Mint it later or for longer, and compare the clocks of both machines.",
    seenAs: ["turn_unauthorized", ...NO_PAIR],
  },
  turn_credential_milliseconds: {
    leg: "authentication",
    means: "The credential's expiry is in milliseconds, and is to be in seconds.",
    change: "Write Unix seconds: Math.floor(Date.now() / 1000) + lifetime.",
    seenAs: ["turn_unauthorized", ...NO_PAIR],
  },
  turn_wrong_secret: {
    leg: "authentication",
    means: "The time-limited credential was made with another secret than the server's.",
    change: "Give both sides one static-auth-secret, byte for byte: no quoting, no newline.",
    seenAs: ["turn_unauthorized", ...NO_PAIR],
  },
  turn_wrong_hash: {
    leg: "authentication",
    means: "The time-limited credential's password is not base64 of HMAC-SHA1 of the user name.",
    change: "Use HMAC-SHA1 and base64, neither SHA-256 nor hexadecimal digits.",
    seenAs: ["turn_unauthorized", ...NO_PAIR],
  },
  turn_credential_mode: {
    leg: "authentication",
    means: "The server takes time-limited credentials and was given a fixed user, or the other way round.",
    change: "Use what it is configured for: `use-auth-secret`, or `lt-cred-mech` with users. It cannot do both.",
    seenAs: ["turn_unauthorized", ...NO_PAIR],
  },
  turn_peer_denied: {
    leg: "permission",
    means: "The server's ACL denies the peer that the call needs (denied-peer-ip, or private by default).",
    change: "Add allowed-peer-ip for the peers or the media server that calls must reach.",
    seenAs: ["turn_forbidden", ...NO_PAIR],
  },
  turn_own_address_denied: {
    leg: "permission",
    means: "The server's ACL denies its own public address, so two of its relays cannot reach each other.",
    change: "Add allowed-peer-ip with the server's external-ip.",
    seenAs: ["turn_forbidden", ...NO_PAIR],
  },
  turn_all_denied: {
    leg: "permission",
    means: "An ACL range that begins at `::` denies every IPv4 peer as well.",
    change: "Write `denied-peer-ip=::1` instead of a range that begins at `::`.",
    seenAs: ["turn_forbidden", ...NO_PAIR],
  },
  turn_family_mismatch: {
    leg: "permission",
    means: "443 Peer Address Family Mismatch, or 440: relay and peer are not of one IP family.",
    change: "Give the server a relay-ip of each family, or clients a server that has theirs.",
    seenAs: ["turn_error", ...NO_PAIR],
  },
  turn_nonce_not_followed: {
    leg: "authentication",
    means: "438 Stale Nonce: the client does not repeat its request with the new nonce.",
    change: "Mend the client (RFC 8489 section 9.2.5). Until then a longer stale-nonce hides it.",
    seenAs: ["turn_error", ...DROPPED],
  },
  turn_port_reused: {
    leg: "allocation",
    means: "437: the client asks from a port that the server still keeps an allocation for.",
    change: "Take a new local port, widen the client's port range, release allocations at the end.",
    seenAs: ["turn_allocation_mismatch", ...NO_PAIR],
  },
  turn_user_quota: {
    leg: "allocation",
    means: "486: this user has as many allocations as user-quota lets him have.",
    change: "Give each user a name of its own, or raise user-quota to allocations per call.",
    seenAs: ["turn_quota_reached", ...NO_PAIR],
  },
  turn_total_quota: {
    leg: "allocation",
    means: "486: all users together have as many allocations as total-quota allows.",
    change: "Raise total-quota, or add a server.",
    seenAs: ["turn_quota_reached", ...NO_PAIR],
  },
  turn_bandwidth_quota: {
    leg: "allocation",
    means: "486: bps-capacity divided by max-bps is how many allocations there may be.",
    change: "Raise bps-capacity or lower max-bps; both are bytes a second.",
    seenAs: ["turn_quota_reached", ...NO_PAIR],
  },
  relay_address_wrong: {
    leg: "relay",
    means: "The relayed address that the server hands out is not one that the internet reaches it at (external-ip).",
    change: "Set external-ip=PUBLIC/PRIVATE, and forward the relay ports one to one.",
    seenAs: [...NO_PAIR],
  },
  relay_range_closed: {
    leg: "relay",
    means: "The firewall in front of the TURN server does not let its relay ports in.",
    change: "Open UDP min-port to max-port; with Docker, publish the range or use the host's network.",
    seenAs: [...NO_PAIR],
  },
  relay_no_hairpin: {
    leg: "between_relays",
    means: "Both relays stand behind one NAT, and it does not lead its own outside address back in (hairpinning).",
    change: "Let the NAT hairpin, or give the servers addresses of their own.",
    seenAs: [...NO_PAIR],
  },
  relays_cut_off: {
    leg: "between_relays",
    means: "The two TURN servers cannot reach each other's relayed addresses.",
    change: "Let each server's firewall and ACL admit the other's relay range.",
    seenAs: [...NO_PAIR, "turn_forbidden"],
  },
  no_turn_server: {
    leg: "checks",
    means: "The two NATs need a relay, and a peer has none: its list holds no TURN server, only STUN or nothing.",
    change: "Add a TURN server to the list of both peers.",
    seenAs: [...NO_PAIR, "stun_no_answer"],
  },
  no_common_family: {
    leg: "checks",
    means: "One peer has only IPv4 addresses and the other only IPv6 ones, and no relay translates.",
    change: "Give them a TURN server with both families.",
    seenAs: [...NO_PAIR],
  },
  no_candidates: {
    leg: "checks",
    means: "A peer told no candidate at all: policy `relay` without a relay, or no network.",
    change: "Look at why its TURN servers gave nothing; without one, policy `relay` leaves nothing.",
    seenAs: [...NO_PAIR, "stun_no_answer"],
  },
  signalling_lost: {
    leg: "signalling",
    means: "Candidates, or the answer, that one peer sent never came to the other.",
    change: "Deliver signalling reliably, to peers that are not subscribed yet as well.",
    seenAs: [...NO_PAIR],
  },
  signalling_slow: {
    leg: "signalling",
    means: "Signalling took so long that one end gave up before the other could begin.",
    change: "Deliver candidates as they come, and begin the clock when the callee answers.",
    seenAs: [...NO_PAIR],
  },
  signalling_reordered: {
    leg: "signalling",
    means: "Candidates came before the description that they belong to, and the application threw them away.",
    change: "Keep early candidates until setRemoteDescription has resolved.",
    seenAs: [...NO_PAIR],
  },
  path_mtu: {
    leg: "dtls",
    means: "The path drops packets above a size that DTLS or data needs, without saying so.",
    change: "Lower the MTU of the tunnel's ends or clamp datagrams to 1200 bytes; let ICMP pass.",
    seenAs: ["dtls_failed", "sctp_failed", "data_failed", "media_failed"],
  },
  consent_lost: {
    leg: "data",
    means: "The far peer stopped answering consent checks (RFC 7675), and nothing else tells why.",
    change: "Look at what changed on the path then: network change, NAT, server.",
    seenAs: [...DROPPED],
  },
  nat_mapping_expired: {
    leg: "data",
    means: "A NAT forgot the mapping of an idle flow, and what came back found no way in.",
    change: "Send keepalives more often than the NAT's timeout: consent checks, TURN Refresh, 15 s at the most.",
    seenAs: [...DROPPED],
  },
  nat_rebooted: {
    leg: "data",
    means: "A NAT lost all its mappings in the middle of the call.",
    change: "Restart ICE when a call falls silent.",
    seenAs: [...DROPPED],
  },
  turn_permission_expired: {
    leg: "data",
    means: "The client did not refresh its permission (300 s) or channel (600 s), and the server drops what comes.",
    change: "Mend the client: refresh permissions and channels before they end (RFC 8656 sections 9 and 12).",
    seenAs: [...DROPPED],
  },
  turn_allocation_expired: {
    leg: "data",
    means: "The client did not refresh its allocation (600 s).",
    change: "Mend the client: send Refresh before the allocation's lifetime ends.",
    seenAs: [...DROPPED],
  },
  turn_allocation_cut: {
    leg: "data",
    means: "The TURN service ended the allocation when its credential expired, in the middle of the call.",
    change: "Mint for longer than calls last, or set new servers and restart ICE before the expiry.",
    seenAs: [...DROPPED],
  },
  turn_rate_limited: {
    leg: "data",
    means: "The TURN server carries fewer bytes a second for an allocation than the call sends (max-bps).",
    change: "Raise max-bps: it counts bytes a second, not bits.",
    seenAs: ["dtls_failed", "sctp_failed", "data_failed", "media_failed", ...NO_PAIR],
  },
} as const satisfies Record<string, Entry>;

export type FailureCode = keyof typeof FAILURES;
export type IceServersFailureCode = Extract<FailureCode, `ice_servers_${string}`>;

/** What an end says of itself; the others are what a diagnosis comes to. */
export type SeenFailureCode = {
  [C in FailureCode]: (typeof FAILURES)[C] extends { seenAs: unknown } ? never : C;
}[FailureCode];

/** The codes of the ends under which a cause shows itself; its own where they say it themselves. */
export function seenAs(code: FailureCode): readonly FailureCode[] {
  const entry: Entry = FAILURES[code];
  return (entry.seenAs as readonly FailureCode[] | undefined) ?? [code];
}

/** Whether it takes more than what one end says to come to this code. */
export const isDiagnosed = (code: FailureCode): boolean => "seenAs" in FAILURES[code];

/** Whether a session that had connected may be dropped with it, or for it: its ends say of that `data_failed`. */
export const isOfDropped = (code: FailureCode): boolean => seenAs(code).includes("data_failed");

/** What a session fails with where the networks leave no path. Any other failure says something else. */
export const NO_PATH_FAILURES = [
  "ice_failed",
  "stun_no_answer",
  "turn_no_answer",
  "turn_connect_failed",
  "turn_tls_failed",
  "proxy_refused",
  "proxy_failed",
] as const satisfies readonly FailureCode[];

/** Codes of sessions that say nothing of whether networks have a path: the peers had no list, broke, or found one. */
export const NEVER_OF_THE_PATH = /^(ice_servers|peer|dtls|sctp|data|media)_|^configuration_rejected$/;

/** A session that ended other than its scenario expects; the session itself may have connected. */
export const VIOLATIONS = {
  wrong_path: "Connected over another class of path than the scenario expects.",
  wrong_transport: "Connected through TURN over another transport than the scenario expects.",
  unexpected_connection: "Connected although the scenario says that nothing can.",
  unexpected_failure: "Failed, as expected, but for another reason than the scenario names.",
  not_dropped: "Lasted to its end, although the scenario says that every session is dropped.",
  relay_address_unexpected:
    "The server hands out a relayed address that is not its public one: peers elsewhere cannot send to it (external-ip, relay-ip).",
} as const;

export type ViolationCode = keyof typeof VIOLATIONS;

/** TURN and STUN error numbers (RFC 8489 section 14.8, RFC 8656 section 19) to failure codes. */
const BY_NUMBER: Record<number, FailureCode> = {
  401: "turn_unauthorized",
  403: "turn_forbidden",
  437: "turn_allocation_mismatch",
  441: "turn_wrong_credentials",
  442: "turn_unsupported_transport",
  486: "turn_quota_reached",
  508: "turn_insufficient_capacity",
};

export function turnFailure(errorNumber: number): FailureCode {
  return BY_NUMBER[errorNumber] ?? "turn_error";
}

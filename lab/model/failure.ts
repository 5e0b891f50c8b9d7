/** Why a session failed, or broke its scenario's expectation. Typed codes, each with what it usually means. */

export const FAILURES = {
  ice_servers_unauthorized: "401 from the API that gives iceServers: its keys are wrong.",
  ice_servers_forbidden: "403 from the API that gives iceServers: the keys are right and may not do this.",
  ice_servers_rate_limited: "429 from the API that gives iceServers: too many requests.",
  ice_servers_refused:
    "Another refusal by the API that gives iceServers: what was asked is wrong (lifetime, channel, path).",
  ice_servers_unavailable: "The API that gives iceServers answered with a 5xx, or not over a whole connection.",
  ice_servers_timeout: "The API that gives iceServers did not answer in time.",
  ice_servers_malformed: "The answer of the API that gives iceServers is not what the provider documents.",
  configuration_rejected:
    "The browser refused the whole list of ICE servers: an entry of it is malformed, or a TURN URL has no credential.",
  ice_failed: "No candidate pair answered: the two networks have no common path with the ICE servers given.",
  session_timeout: "The session reached its time limit without ICE saying yes or no.",
  dtls_failed: "ICE connected, but the DTLS handshake did not finish.",
  sctp_failed: "DTLS connected, but the data channel's SCTP association did not start.",
  data_failed: "The channel opened, but data did not arrive at both ends.",
  media_failed: "Data arrived at both ends, but the far peer's audio or video did not.",
  turn_unauthorized:
    "401 Unauthorized: user, password or the server's stored key is wrong, or the credential has expired.",
  turn_forbidden: "403 Forbidden: the server's peer ACL or policy refused it.",
  turn_allocation_mismatch: "437 Allocation Mismatch: the realm is not the server's, or the 5-tuple is still in use.",
  turn_wrong_credentials: "441 Wrong Credentials: another user or realm than the allocation's.",
  turn_unsupported_transport: "442 Unsupported Transport Protocol.",
  turn_quota_reached: "486 Allocation Quota Reached: user-quota, total-quota or bps-capacity is used up.",
  turn_insufficient_capacity: "508 Insufficient Capacity: no relay port left.",
  turn_error: "The TURN server answered with another error.",
  turn_no_answer: "No answer from the TURN server: the port is blocked on the way, or nothing listens.",
  stun_no_answer: "No answer from the STUN server: UDP is blocked on the way, or nothing listens.",
  turn_connect_failed: "TCP to the TURN server was refused or timed out.",
  proxy_refused: "403 Forbidden, or another 4xx: the HTTP proxy does not connect to this port or host.",
  proxy_unauthorized: "407 Proxy Authentication Required: the HTTP proxy wants a user and a password.",
  proxy_failed:
    "The HTTP proxy is not there, does not answer, or says that it cannot connect to the TURN server (500, 502, 504).",
  turn_tls_failed: "TLS to the TURN server failed: the certificate is not trusted or does not name the host.",
  dns_failed: "The name of the STUN or TURN server does not resolve.",
  peer_crashed: "The peer process ended or broke.",
  peer_hung: "The peer process stopped answering.",
  peer_not_started: "The peer's browser is missing, or did not start.",
} as const;

export type FailureCode = keyof typeof FAILURES;
export type IceServersFailureCode = Extract<FailureCode, `ice_servers_${string}`>;

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

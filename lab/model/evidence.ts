import type { CredentialRetry } from "./credential-retry.ts";
import type { PeerEngine } from "./engine.ts";
import type { SeenFailureCode } from "./failure.ts";
import type { Firewall, PortRule } from "./firewall.ts";
import type { Candidate, TurnTransport } from "./ice.ts";
import type { Role } from "./scenario.ts";
import type { CandidateRef, CheckedPair } from "./timeline.ts";

/**
 * What is known of one call that failed, by whoever saw it: a lab that controls both ends, or files that somebody sent.
 * Rooms fill it in (lab/evidence from files, the lab from itself); lab/diagnose concludes from it and looks nowhere else.
 * Null is "not known" everywhere; an empty list is "known to be none".
 */
export type Evidence = {
  /** One or two ends of one call. */
  ends: EndEvidence[];
  servers: ServerEvidence[];
  packets: PacketEvidence[];
  /** Only where the lab made the call. */
  lab: LabEvidence | null;
};

/** Where something was read: `line` of a text from 1 on, `path` in a JSON, `frame` of a capture from 1 on. */
export type Source = { file: string; line?: number; path?: string; frame?: number };
export type Seen<T> = T & { at: Source };

/** One peer connection. */
export type EndEvidence = {
  /** As the evidence names it: `offerer`, a peer connection's id. */
  name: string;
  role: Role | null;
  engine: PeerEngine | null;
  /** As the application gave it, never with credentials. Of a user name only what tells its kind. */
  iceServers: Seen<{ urls: string[]; usernameExpiry: number | null; hasCredential: boolean }>[] | null;
  transportPolicy: "all" | "relay" | null;
  isGatheringComplete: boolean | null;
  candidates: Seen<Candidate>[];
  farCandidates: Seen<Candidate>[];
  /** W3C icecandidateerror, or what the lab's own peers say of a URL. */
  urlErrors: Seen<UrlError>[];
  pairs: Seen<CheckedPair>[];
  /** Errors to CreatePermission and ChannelBind; `peer` as `ADDRESS:PORT`. */
  refusedPermissions: Seen<{ peer: string | null; errorNumber: number; text: string }>[];
  selectedPair: Seen<{ local: CandidateRef; remote: CandidateRef; relayProtocol: TurnTransport | null }> | null;
  iceStates: Seen<{ state: string; atMs: number | null }>[];
  dtlsStates: Seen<{ state: string; atMs: number | null }>[];
  /** W3C RTCPeerConnectionState. */
  connectionStates: Seen<{ state: string; atMs: number | null }>[];
  /** Descriptions that this end set, in order. */
  descriptions: Seen<{ side: "local" | "remote"; type: "offer" | "answer"; atMs: number | null }>[];
  /** Payload of a connected call, RTP or data; null: not told. */
  bytesReceived: number | null;
  bytesSent: number | null;
  /** When the call began, Unix ms. */
  startedAt: number | null;
  /** What this end itself said in the end. */
  failure: { code: SeenFailureCode; message: string } | null;
  /** Was connected, and lost it before its end. */
  wasConnected: boolean | null;
};

export type UrlError = {
  /** As given, or as the browser says it; null: it does not say which. */
  url: string | null;
  /** STUN's, or 600 and 701 as W3C has them; null: the lab's peer names a code instead. */
  errorCode: number | null;
  text: string;
  code: SeenFailureCode | null;
  /** `ADDRESS:PORT` that it was asked from. */
  hostCandidate: string | null;
  atMs: number | null;
};

/** One TURN server, by its log. */
export type ServerEvidence = {
  name: string;
  /** `4.6`, `4.17`: whose way of writing the log is; null where it does not tell. */
  version: string | null;
  sessions: ServerSession[];
  /** Lines about the server itself: listeners, certificates, options that it does not know. */
  notes: Seen<{ level: "info" | "warning" | "error"; text: string }>[];
  realm: string | null;
  externalIp: string | null;
  minPort: number | null;
  maxPort: number | null;
};

/** One client's session at a TURN server, as coturn logs it. */
export type ServerSession = {
  id: string;
  /** As it appears in the log: `1795225925:alice`; empty before it has said one. */
  user: string;
  /** The client's transport address; null where the log does not tell. */
  client: string | null;
  realm: string | null;
  /** Answers in order: method as the log has it, 0 for success, and the reason's text. */
  answers: Seen<{ method: string; errorNumber: number; reason: string; loggedAt?: number }>[];
  /** Peers that it had permission for, or channels to; `endedAt`: where that ended while the session went on. */
  peers: Seen<{ address: string; endedAt?: Source }>[];
  deniedPeers: Seen<{ address: string; rule: string | null }>[];
  /** Packets by the usage lines: of the client, and of its peers. */
  usage: { received: number; sent: number; peerReceived: number; peerSent: number } | null;
  closed: Seen<{ reason: string }> | null;
};

/** One capture. Its frames are not kept: what STUN, TLS, DTLS and ICMP in it come to is. */
export type PacketEvidence = {
  name: string;
  /** First frame, Unix ms. */
  startedAt?: number | null;
  frames: number;
  transactions: StunTransaction[];
  tls: TlsAttempt[];
  tcp: TcpAttempt[];
  icmp: Seen<{ type: string; from: string; about: string | null }>[];
  dtls: { client: string; server: string; flights: number; largestBytes: number; isFinished: boolean; at: Source }[];
};

/** A STUN or TURN request and what came back. Addresses are `ADDRESS:PORT`. */
export type StunTransaction = {
  at: Source;
  transport: TurnTransport;
  from: string;
  to: string;
  method: string;
  requests: number;
  outcome: "success" | "error" | "none";
  errorNumber: number | null;
  reason: string | null;
  username: string | null;
  realm: string | null;
  mapped: string | null;
  relayed: string | null;
  /** The peer of CreatePermission, ChannelBind. */
  peer: string | null;
  /** Lifetime that the answer gives, s. */
  lifetimeS: number | null;
  /** IP TTL that the answer arrived with. */
  answerTtl: number | null;
  /** A connectivity check (RFC 8445 section 7.1), not a question to a server. */
  isCheck: boolean;
  /** First request, and the answer, in seconds since the first frame. */
  askedAtS: number;
  answeredAtS: number | null;
};

export type TlsAttempt = {
  at: Source;
  client: string;
  server: string;
  serverName: string | null;
  outcome: "finished" | "alert" | "reset" | "none";
  /** RFC 8446 section 6: `certificate_expired`, `unknown_ca`, `bad_certificate`, … */
  alert: string | null;
  alertFrom: "client" | "server" | null;
  /** Of the server's certificate, where it is in the clear (TLS 1.2). `notAfter` in Unix ms. */
  certificate: { notAfter: number; names: string[]; chainLength: number } | null;
  /** Who closed or reset the connection first; null: it was open when the capture ended. */
  closedBy?: "client" | "server" | null;
  /** The client sent data: one that does not take a certificate may finish the handshake, and leave without any. */
  hasClientData?: boolean;
};

export type TcpAttempt = {
  at: Source;
  client: string;
  server: string;
  outcome: "connected" | "refused" | "none" | "reset";
};

/** What only a lab knows, of both ends: roles are indices of `ends` by name. */
export type LabEvidence = {
  /** Per end: routers from the innermost outwards. */
  routers: Record<Role, LabRouter[]>;
  servers: LabServer[];
  /** The same credential with one thing changed, tried against the same server after the call: what it came to. */
  retries: CredentialRetry[];
  /** What else tells a closed network from a closed server, and that from one where nothing listens. */
  asked: AskedListener[];
  /** The signalling's own conditions, and what it did to this call. */
  signalling: SignallingCounts | null;
  /** What the scenario changed while the call ran, in order; in ms from the call's start. */
  changes: { atMs: number; text: string; kind: "router" | "link" | "server" | "secrets"; name: string }[];
  /** When an end began to hear nothing any more, in ms from the call's start. */
  silentAtMs: number | null;
};

/**
 * What an application's signalling did to one call, of both ends: messages, those that never came, the longest that one took,
 * and candidates that came before the description that they belong to and were thrown away.
 */
export type SignallingCounts = { sent: number; lost: number; maxDelayMs: number; early: number };

export type LabRouter = {
  name: string;
  mapping: string;
  filtering: string;
  hairpinning: boolean;
  /** What its network lets out. */
  firewall: Firewall;
  mappingLifetimeS: number | null;
  /** Packets that its rules dropped or refused while the call ran, by what they were: `udp out 3478`, `tcp out 3478`. */
  dropped: { what: string; packets: number }[];
  /** Smallest MTU on its wires, and packets too large for it. */
  mtu: number;
  tooBig: number;
};

export type LabServer = {
  name: string;
  hostname: string;
  /** Further names that lead to it. */
  aliases: readonly string[];
  address: string;
  /** The address that its relayed ones have. */
  relayedAddress: string | null;
  /** `udp:3478`, as it listens. */
  listeners: string[];
  /** Null: everything is let in. */
  firewall: PortRule[] | null;
  relayRange: { min: number; max: number };
  behind: string | null;
  isUp: boolean;
  certificateFlaw: string | null;
  /** Whether it takes time-limited credentials. */
  isMinted: boolean;
  options: Record<string, string | number | boolean | string[]>;
  version: string | null;
  sendsTtl: number | null;
  /** The router in front of it does not hairpin. */
  isHairpinMissing: boolean;
  mtu: number;
};

/** A listener that an end had no answer from, asked again by a third party on the lab's internet. */
export type AskedListener = {
  server: string;
  transport: TurnTransport;
  port: number;
  /** What came there of a Binding request; `none`: silence, or a refusal. */
  answer: "success" | "401" | "none";
  /** Whether a socket listens on this port in the server's own namespace; null: nobody can look there. */
  isListening: boolean | null;
};

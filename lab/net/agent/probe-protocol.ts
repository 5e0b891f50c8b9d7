import type { Flow } from "../../model/firewall.ts";
import type { FirewallCheck, ObservedNat } from "../../model/observed-nat.ts";
import type { ProbeResult } from "../../model/probe.ts";
import type { AskPeers, PeerAnswers } from "../../probe/ask-peers.ts";
import type { AuthenticationNeeds } from "../../probe/authentication.ts";
import type { ProtocolNeeds } from "../../probe/protocol.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "../../probe/target.ts";
import type { Outcome } from "../../probe/turn-questions.ts";
import type { ServerTarget } from "../../stun/transport.ts";
import type { AddressFamily, TransportAddress } from "../../stun/transport-address.ts";

/**
 * What the agents in the lab's namespaces understand, as JSON lines: `{id, op, …}` in, `{id, ok: true, result}` or
 * `{id, ok: false, error: {code, message}}` out, in any order. Both ends import these types; there is no code here.
 */
export type Operations = Record<string, { command: object; result: object }>;

export type Reply<Result> =
  | { id: number | string; ok: true; result: Result }
  | { id: number | string; ok: false; error: { code: string; message: string } };

/**
 * Two addresses, the primary one first, and ports that reflect on both (RFC 5780): at least two, in pairs of which each
 * is the other's alternate.
 */
export type ReflectorPlan = { addresses: [string, string]; ports: number[] };

/** A host on the lab's internet. Failures of `stun-ready` and `turn-relay-check` carry a FailureCode as their code. */
export type ObserverOperations = {
  /** Binds UDP and TCP on all of them and answers. A former reflector is closed first. */
  reflect: { command: ReflectorPlan; result: object };
  /** Repeats a Binding request until the server answers. TLS is always verified; a wrong certificate fails at once. */
  "stun-ready": {
    /** `retryMs`: how often; default 25, for a server of the lab that is just starting. */
    command: { target: ServerTarget; timeoutMs: number; retryMs?: number };
    result: { answer: "success" | "401"; durationMs: number };
  };
  /**
   * Begins to connect to an address that belongs to somebody inside: that many times from each address of the reflector,
   * each time from a port nobody knows. Answered when all of them have been sent.
   */
  "connect-in": { command: { to: TransportAddress; copies: number }; result: object };
  /** What has come of that until now. Ends it. */
  "connected-in": { command: { to: TransportAddress }; result: ConnectedIn };
  /** Sends to each from a port of the first address that nobody knows, in that order, and stays for no answer. */
  knock: {
    command: { targets: { protocol: "udp" | "tcp"; to: TransportAddress }[]; copies: number; gapMs: number };
    /** Of each target, whom the packets came from. */
    result: { sources: TransportAddress[][] };
  };
  /** Asks for so long; anything but silence, refusals included, is an error. */
  "expect-silence": {
    command: { target: TransportAddress & { transport: "udp" | "tcp" }; durationMs: number };
    result: object;
  };
  /** Allocates with a credential and releases at once. Failures are results: a refusal is what is asked about. */
  "turn-try": {
    command: ServerTarget & {
      username: string;
      password: string;
      /** What the key is made for, where that is not the server's own realm. */
      keyRealm?: string;
      /** Per request. */
      timeoutMs: number;
    };
    result: { outcome: Outcome; message: string };
  };
  /** Questions of `lab/probe`, asked from here. */
  "probe-authentication": { command: AuthenticationNeeds; result: Told };
  "probe-protocol": { command: ProtocolNeeds; result: Told };
  "probe-tcp-relay": { command: StreamNeeds; result: Told };
  "probe-relay-to-relay": { command: RelayNeeds; result: Told };
  "probe-lifetimes": { command: RelayNeeds & { holdMs: number }; result: Told };
  "probe-tls": { command: { target: ProbeTarget; limits: ProbeLimits }; result: Told };
  "probe-admin-ports": { command: { address: string; limits: ProbeLimits }; result: Told };
  "probe-amplification": { command: { udp: ProbeTarget | null; limits: ProbeLimits }; result: Told };
  /** What each peer's answers are, and the tokens that were sent to those who listen. */
  "probe-peers": { command: AskPeers; result: PeerAnswers };
  /**
   * Allocates once for each credential, each over a 5-tuple of its own, holds all of them at once, asks for one more with `other`,
   * and releases. It stops asking some time after `mostRefused` were refused. Failures are results.
   */
  "hold-allocations": {
    command: ServerTarget & {
      credentials: { username: string; password: string }[];
      mostRefused: number;
      /** How long they are held after the last was asked for; default: no longer. */
      holdMs?: number;
      other?: { username: string; password: string };
      /** Per request. */
      timeoutMs: number;
    };
    /** In the order in which they came. */
    result: { outcomes: Outcome[]; other: Outcome | null; durationMs: number };
  };
  /**
   * Sends a bare Allocate over UDP from each of so many ports; how many were answered with 401. From the reflector's second
   * address: who limits challenges by address goes on to answer the other one.
   */
  "challenge-sources": {
    command: TransportAddress & { sources: number; timeoutMs: number };
    result: { challenged: number };
  };
  /** Allocates, sends itself a datagram through the relayed address, and releases. */
  "turn-relay-check": {
    command: ServerTarget & {
      username: string;
      password: string;
      /** Sent instead of the server's own. */
      realm?: string;
      /** REQUESTED-ADDRESS-FAMILY (RFC 8656 section 18.6); without it a server gives IPv4. */
      addressFamily?: AddressFamily;
      /** Per request. Default 2,000. */
      timeoutMs?: number;
    };
    result: {
      relayed: TransportAddress;
      mapped: TransportAddress | null;
      allocateMs: number;
      /** The datagram came through the relayed address. */
      received: boolean;
      /** Where it was sent from, and where the server says it came from. */
      sentFrom: TransportAddress;
      receivedFrom: TransportAddress | null;
    };
  };
};

type Told = { results: ProbeResult[] };
type StreamNeeds = { stream: ProbeTarget | null; credential: ProbeCredential | null; limits: ProbeLimits };
type RelayNeeds = { target: ProbeTarget; credential: ProbeCredential | null; limits: ProbeLimits };

/** How many were let in or refused, and the ports that they were all sent from. */
export type ConnectedIn = { connected: number; refused: number; ports: number[] };

/** How carefully a path must be looked at; a clean wire needs little. */
export type Pace = {
  /** How often what may be lost, or be meant to be dropped, is sent. */
  copies: number;
  /** Least time between two packets, so that a slow wire's queue is not what drops them. */
  gapMs: number;
  /** How long something is waited for that is meant to come, once the path is known to be alive. */
  patienceMs: number;
};

export type PlannedCheck = Omit<FirewallCheck, "observed">;

/** What a probe is told: where it stands, and which flows the router is meant to let out. */
export type ProbePlan = {
  reflector: ReflectorPlan;
  /** Two hosts inside, both the probe's. */
  hosts: [string, string];
  /** The router's inside address, where a proxy would be. */
  gateway: string;
  proxyPort: number | null;
  pace: Pace;
  /** UDP ports of the reflector on which behaviour is looked at: two where two are let out, else one or none. */
  udpPorts: number[];
  /** The same for TCP. */
  tcpPorts: Pick<Flow, "port" | "isTls">[];
  checks: PlannedCheck[];
  /** The mapping lifetime to be confirmed, or null. */
  lifetimeMs: number | null;
};

/** A host in a router's LAN. */
export type NatProbeOperations = {
  /** Everything that can be seen from inside alone; TCP filtering is what `tcp-open` and `tcp-accepted` are for. */
  probe: { command: ProbePlan; result: Omit<ObservedNat, "tcp"> & { tcp: Omit<ObservedNat["tcp"], keyof TcpInbound> } };
  /** Connects to the reflector and listens on the same port; null where nothing can be connected. */
  "tcp-open": { command: ProbePlan; result: { mapped: TransportAddress | null } };
  /** Whether a Binding request from that IPv4 address of this host is answered. */
  "ipv4-answered": {
    command: { from: string; to: TransportAddress; ms: number };
    result: { answered: boolean };
  };
  /** Who has connected to that port, opened towards that primary address; null when the path has died meanwhile. Closes it. */
  "tcp-accepted": { command: { reflector: string }; result: { from: TransportAddress[] | null } };
};

/** What is seen of TCP with somebody's help outside. */
export type TcpInbound = Pick<ObservedNat["tcp"], "filtering" | "unsolicitedRefused" | "sourceKept">;

/** Whoever is not meant to be reached through a relay; it only listens. */
export type PeerListenerOperations = {
  /** UDP and TCP, at every address of its namespace. */
  listen: { command: { port: number }; result: object };
  /** What has come until now. */
  received: {
    command: object;
    /** Of every datagram, and what each connection began with. */
    result: { texts: string[] };
  };
};

import type { EndpointDependence } from "../../model/nat.ts";
import type { ServerTarget } from "../../stun/transport.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";

/**
 * What the agents in the lab's namespaces understand, as JSON lines: `{id, op, …}` in, `{id, ok: true, result}` or
 * `{id, ok: false, error: {code, message}}` out, in any order. Both ends import these types; there is no code here.
 */
export type Operations = Record<string, { command: object; result: object }>;

export type Reply<Result> =
  | { id: number | string; ok: true; result: Result }
  | { id: number | string; ok: false; error: { code: string; message: string } };

/** Two addresses and two ports that reflect (RFC 5780): first the primary, then the alternate one. */
/** TRANSITIONAL shape of the former probe. */
export type ObservedNat = {
  mapping: EndpointDependence | null;
  filtering: EndpointDependence | null;
  portPreserved: boolean | null;
  udp: "translated" | "blocked";
  tcp: "translated" | "blocked";
  unsolicitedPassed: boolean | null;
  externalAddress: string | null;
};

export type ReflectorPlan = { addresses: [string, string]; ports: [number, number] };

/** A host on the lab's internet. Failures of `stun-ready` and `turn-relay-check` carry a FailureCode as their code. */
export type ObserverOperations = {
  /** Binds UDP and TCP on all four and answers. A former reflector is closed first. */
  reflect: { command: ReflectorPlan; result: object };
  /** Repeats a Binding request until the server answers. TLS is always verified; a wrong certificate fails at once. */
  "stun-ready": {
    command: { target: ServerTarget; timeoutMs: number };
    result: { answer: "success" | "401"; durationMs: number };
  };
  /**
   * Sends a datagram from a port nobody knows, of the reflector's address with that index. Default 1: an
   * address-dependent filter rightly lets address 0 in, which `open-mapping` has sent to.
   */
  "send-unsolicited": {
    command: { to: TransportAddress; from?: 0 | 1 };
    result: { from: TransportAddress };
  };
  /** Allocates, sends itself a datagram through the relayed address, and releases. */
  "turn-relay-check": {
    command: ServerTarget & {
      username: string;
      password: string;
      /** Sent instead of the server's own. */
      realm?: string;
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

/** A host in a router's LAN. */
export type NatProbeOperations = {
  /** `unsolicitedPassed` is null: it needs the observer, see `open-mapping` and `listen`. */
  probe: { command: { reflector: ReflectorPlan; gateway?: string }; result: ObservedNat };
  /** Opens a socket and a mapping towards the reflector's first address and port, and keeps both. Default: the last probe's. */
  "open-mapping": { command: { reflector?: ReflectorPlan }; result: { mapped: TransportAddress } };
  /** Whether anybody else has reached that socket since it was opened; waits that long for a first datagram. */
  listen: { command: { ms: number }; result: { received: boolean; from: TransportAddress | null } };
  /** True when no Binding request over UDP gets an answer within `ms`. */
  "udp-silent": { command: { to: TransportAddress; ms: number }; result: { silent: boolean } };
  /** True when a Binding request over TCP gets no answer within `ms`. */
  "tcp-blocked": { command: { to: TransportAddress; ms: number }; result: { blocked: boolean } };
};

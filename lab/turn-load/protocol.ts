import type { AllocationSpec } from "../model/allocation-load.ts";
import type { AllocationMeasure } from "../model/allocation-measure.ts";
import type { Load } from "../model/load.ts";

/** What the harness and a generator of allocations say to each other, as JSON lines over its container's stdio. */

/** An agent that has not been greeted after this long ends, so that nothing outlives a harness that died early. */
export const HELLO_TIMEOUT_MS = 5_000;

export type GeneratorTarget = {
  /** Where the server answers, and its name for TLS. */
  address: string;
  port: number;
  servername: string;
  credentials: ClientCredentials;
  /** Of the peer that sends packets back; null without one. */
  farPeer: { address: string; port: number } | null;
  /**
   * How often channels are bound and permissions asked for anew, where the server keeps them for less than RFC 8656's 600 and 300 s. Default
   * 240, as libwebrtc.
   */
  channelRefreshSeconds?: number;
};

/** What opens the server. No line with a secret in it is ever logged. */
export type ClientCredentials =
  /** All clients are one user. */
  | { kind: "shared"; username: string; password: string }
  /**
   * Each VU is a user of its own, `vu7`, and so is the far end of its call, `vu7-far`: for each life a credential is minted, as an
   * application's back end does for each session (draft-uberti-behave-turn-rest-00).
   */
  | { kind: "minted"; secret: string; separator: string; ttlSeconds: number };

export type GeneratorCommand =
  /** Said once; a second greeting changes nothing. `workers`: threads that hold the clients. */
  | { op: "hello"; workers: number }
  /**
   * Runs a load to its end. Without one, nothing begins until `hold` says how many to hold (k6's externally-controlled
   * executor), and `holdMs` counts for nothing.
   */
  | { op: "run"; spec: AllocationSpec; target: GeneratorTarget; load: Load | null }
  /**
   * What is there stays, what is missing sets out at `perSecond`, what is too much leaves. Each of the missing tries once: what
   * fails, or is lost later, is missing again for the next `hold` only, so that a server that is full is not asked for ever.
   */
  | { op: "hold"; vus: number; perSecond: number }
  /** Begins nothing more, gives all allocations back, and answers `done`. */
  | { op: "stop" };

export type GeneratorEvent =
  | { event: "ready"; pid: number }
  /** Four times a second while a load runs, and once more at its end. */
  | ({ event: "measured" } & GeneratorMeasure)
  | { event: "done"; reason: "ended" | "stopped" }
  | { event: "fatal"; message: string };

/** Since the last one, over all workers. */
export type GeneratorMeasure = AllocationMeasure;

export type FarPeerCommand =
  | { op: "hello" }
  /** Once its namespace has its address. `port` 0: any. */
  | { op: "listen"; address: string; port: number }
  | { op: "count" };

export type FarPeerEvent =
  | { event: "ready"; pid: number }
  | { event: "listening"; port: number }
  | ({ event: "counted" } & FarPeerCount)
  | { event: "fatal"; message: string };

/** Since it listens. */
export type FarPeerCount = {
  packetsReceived: number;
  packetsSent: number;
  /** Datagrams that its socket had no room for (RcvbufErrors of /proc/net/snmp): packets that were lost here, not in the server. */
  receiveBufferErrors: number;
  /** Since the last count; 100 is one core, and it has no more than one. */
  cpuPercent: number;
};

export const GENERATOR_OPS = ["hello", "run", "hold", "stop"] as const satisfies GeneratorCommand["op"][];
export const FAR_PEER_OPS = ["hello", "listen", "count"] as const satisfies FarPeerCommand["op"][];
export const GENERATOR_EVENTS = ["ready", "measured", "done", "fatal"] as const satisfies GeneratorEvent["event"][];
export const FAR_PEER_EVENTS = ["ready", "listening", "counted", "fatal"] as const satisfies FarPeerEvent["event"][];

/** Narrows a parsed line; the two ends are one program, so its word is all that is looked at. */
export function isCommand<C extends { op: string }>(value: unknown, ops: readonly C["op"][]): value is C {
  return typeof value === "object" && value !== null && "op" in value && ops.includes(String(value.op));
}
export function isEvent<E extends { event: string }>(value: unknown, events: readonly E["event"][]): value is E {
  return typeof value === "object" && value !== null && "event" in value && events.includes(String(value.event));
}

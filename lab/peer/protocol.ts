/**
 * What the harness and a peer's agent say to each other: one JSON object a line, over the container's stdio.
 * Every time is absolute monotonic milliseconds (CLOCK_MONOTONIC): all peers of a lab run on one kernel, so two
 * peers' marks may be subtracted. `performance.timeOrigin` differs between processes and is not used.
 */

import type { PeerReport } from "../model/events.ts";
import type { FailureCode } from "../model/failure.ts";
import type { ProxyAddress } from "../model/firewall.ts";
import type { IceServer } from "../model/ice.ts";
import type { Traffic } from "../model/load.ts";
import type { Role } from "../model/scenario.ts";
import type { PeerSpec } from "../model/topology.ts";

export const PROTOCOL_VERSION = 1;

/** An agent that has not been greeted after this long ends, so that nothing outlives a harness that died early. */
export const HELLO_TIMEOUT_MS = 5_000;

type Hello = {
  type: "hello";
  protocolVersion: typeof PROTOCOL_VERSION;
  /** Tests on a development machine: 127.0.0.1 is the only host candidate, so nothing leaves the machine. */
  loopbackOnly?: boolean;
  /** As a browser's proxy setting: TURN over TCP and TLS goes through it and never around it, UDP does not know it. */
  proxy?: ProxyAddress;
};

/** What an agent is told once for all its sessions. */
export type AgentSettings = Omit<Hello, "type" | "protocolVersion">;

export type Join = {
  type: "join";
  session: number;
  role: Role;
  iceServers: IceServer[];
  transportPolicy: NonNullable<PeerSpec["transportPolicy"]>;
  traffic: Traffic;
  /** How long ago this peer set out to join: it waited for its iceServers. Default 0. */
  waitedMs?: number;
  /** From joining until the first message has arrived at both ends; the traffic's duration comes on top. */
  timeoutMs: number;
};

/** What one peer tells the other. The harness carries it and does not look inside. */
export type SignalData =
  | { kind: "offer"; sdp: string }
  | { kind: "answer"; sdp: string }
  | { kind: "candidate"; candidate: string }
  | { kind: "end-of-candidates" }
  /** The first message of the far peer has arrived here. */
  | { kind: "first-data" }
  /** The planned end is reached; no more messages will be sent. */
  | { kind: "finished"; messagesSent: number };

/** The last greeting before a join is the one that counts. */
export type HostMessage =
  | Hello
  | Join
  | { type: "signal"; session: number; data: SignalData }
  | { type: "leave"; session: number };

/** Moments of one session at one peer; null: not reached. */
export type SessionMarks = {
  /** When the peer set out: at the harness's word to join, or by `waitedMs` earlier. */
  joinedAtMs: number;
  gatheringStartedAtMs: number | null;
  gatheringEndedAtMs: number | null;
  remoteDescriptionAtMs: number | null;
  pairSelectedAtMs: number | null;
  dtlsConnectedAtMs: number | null;
  channelOpenAtMs: number | null;
  firstDataAtMs: number | null;
};

export type SessionEnded = {
  type: "ended";
  session: number;
  /** The channel opened and data arrived at both ends. */
  connected: boolean;
  /** Connected, then lost data or consent before the planned end. */
  dropped: boolean;
  marks: SessionMarks;
  /** Milliseconds from first packet to relayed address, for each TURN URL that gave one. */
  turnAllocateMs: number[];
  /** Messages left out because this process fell behind its schedule; they are not sent later in a burst. */
  messagesSkipped: number;
  report: PeerReport;
};

export type AgentMessage =
  | { type: "ready" }
  | { type: "signal"; session: number; data: SignalData }
  | SessionEnded
  | { type: "fatal"; message: string };

export type Failure = { code: FailureCode; message: string };

/** Narrows a parsed line; the two ends are one program, so its `type` is all that is looked at. */
export function isMessage<M extends { type: string }>(value: unknown, types: readonly M["type"][]): value is M {
  return typeof value === "object" && value !== null && "type" in value && types.includes(String(value.type));
}

export const AGENT_MESSAGE_TYPES = ["ready", "signal", "ended", "fatal"] as const satisfies AgentMessage["type"][];
export const HOST_MESSAGE_TYPES = ["hello", "join", "signal", "leave"] as const satisfies HostMessage["type"][];

/**
 * What the harness and a peer's agent say to each other: one JSON object a line, over the container's stdio.
 * Every time is absolute monotonic milliseconds (CLOCK_MONOTONIC): all peers of a lab run on one kernel, so two
 * peers' marks may be subtracted. `performance.timeOrigin` differs between processes and is not used.
 */

import type { PeerReport, StatsMoment } from "../model/events.ts";
import type { FailureCode } from "../model/failure.ts";
import type { ProxyAddress } from "../model/firewall.ts";
import type { Candidate, IceServer, TurnTransport } from "../model/ice.ts";
import type { MediaKind, Traffic } from "../model/load.ts";
import type { RecoverySpec, Role } from "../model/scenario.ts";
import type { PeerTimeline } from "../model/timeline.ts";
import type { ClientFlaw, PeerSpec } from "../model/topology.ts";

export const PROTOCOL_VERSION = 3;

/** An agent that has not been greeted after this long ends, so that nothing outlives a harness that died early. */
export const HELLO_TIMEOUT_MS = 5_000;

type Hello = {
  type: "hello";
  protocolVersion: typeof PROTOCOL_VERSION;
  /** Tests on a development machine: 127.0.0.1 is the only host candidate, so nothing leaves the machine. */
  loopbackOnly?: boolean;
  /** As a browser's proxy setting: TURN over TCP and TLS goes through it and never around it, UDP does not know it. */
  proxy?: ProxyAddress;
  /** werift: what this peer's client does wrong. */
  flaws?: ClientFlaw[];
  /** werift: how often it binds its channels anew, where its servers keep them for less than RFC 8656's 600 s. */
  channelRefreshSeconds?: number;
  /** Browsers: whether host candidates are told by mDNS names. Default: as the browser does by itself. */
  mdns?: boolean;
  /** Browsers: a dump will be asked for, and calls are kept for it. */
  dumps?: boolean;
  /** Keys of TLS and DTLS are written to `KEY_LOG`. */
  keys?: boolean;
};

/** In a peer's container, in a folder of its own: what decrypts its packets (NSS key log format). */
export const KEY_LOG = "/turnlab/keys/sslkeys.log";

/** How long a browser may take to give its dump. */
export const DUMP_TIMEOUT_MS = 5_000;

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
  /** What to do when a connected session falls silent; absent: nothing, it lasts until it is over or consent is. */
  recovery?: Required<RecoverySpec>;
};

/** ICE user name fragment and password of one generation (RFC 8839 section 5.4). */
export type IceParameters = { ufrag: string; password: string };

/** What one peer tells the other. The harness carries it and does not look inside. */
export type SignalData =
  | { kind: "offer"; sdp: string }
  | { kind: "answer"; sdp: string }
  /** `ufrag`: whose generation it belongs to (RFC 8839 section 5.1). */
  | { kind: "candidate"; candidate: string; ufrag: string }
  | { kind: "end-of-candidates"; ufrag: string }
  /**
   * An ICE restart's offer and its answer (RFC 8829 section 4.1.8.1): what changes in them. All else of an SDP stays,
   * and is not said again.
   */
  | ({ kind: "restart-offer" } & IceParameters)
  | ({ kind: "restart-answer"; to: string } & IceParameters)
  /** Nothing is heard from the far peer any more, or again: who knows goes on sending until it is. */
  | { kind: "silent" }
  | { kind: "heard-again" }
  /** The first message of the far peer has arrived here. */
  | { kind: "first-data" }
  /** Each kind of media that the call carries has arrived here. */
  | { kind: "first-media" }
  /** The planned end is reached; no more messages will be sent. */
  | { kind: "finished"; messagesSent: number; packetsSent?: Partial<Record<MediaKind, number>> };

/** The last greeting before a join is the one that counts. */
export type HostMessage =
  | Hello
  | Join
  | { type: "signal"; session: number; data: SignalData }
  /** W3C's setConfiguration: what the next gathering uses. */
  | { type: "configure"; session: number; iceServers: IceServer[] }
  /** Configure, then restart ICE. `isAsked`: in answer to `wants-restart`, and void when a restart has begun since. */
  | { type: "restart"; session: number; iceServers: IceServer[]; isAsked: boolean }
  | { type: "leave"; session: number }
  /** Of a browser that was told that it will be asked. */
  | { type: "dump" };

/** A selected pair as one peer sees it, and how its own end reaches it. */
export type PeerPath = { local: Candidate; remote: Candidate; url: string | null; transport: TurnTransport | null };

/** One silence, or one restart that nobody's silence was the reason of, at one peer. Null: not reached. */
export type PeerRecovery = {
  /** When the last data before the silence had arrived; null: this peer heard the far one all along. */
  silentSinceMs: number | null;
  noticedAtMs: number | null;
  /** The first restart that was begun, by either end. */
  restartedAtMs: number | null;
  /** The last pair that was selected. */
  selectedAtMs: number | null;
  /** When data arrived again. */
  recoveredAtMs: number | null;
  before: PeerPath | null;
  after: PeerPath | null;
};

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
  /** When the last word was said; nothing of the session is open any more. */
  endedAtMs: number | null;
};

/** The marks of a session that has just been joined. */
export function marksFrom(joinedAtMs: number): SessionMarks {
  return {
    joinedAtMs,
    gatheringStartedAtMs: null,
    gatheringEndedAtMs: null,
    remoteDescriptionAtMs: null,
    pairSelectedAtMs: null,
    dtlsConnectedAtMs: null,
    channelOpenAtMs: null,
    firstDataAtMs: null,
    endedAtMs: null,
  };
}

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
  /** The transport of each of these URLs, in their order. */
  turnAllocateOver?: TurnTransport[];
  /** Messages left out because this process fell behind its schedule; they are not sent later in a burst. */
  messagesSkipped: number;
  recoveries: PeerRecovery[];
  /** Absent where the peer had no last word. */
  timeline?: PeerTimeline;
  report: PeerReport;
};

/**
 * What a browser's own page about its calls says, without credentials: null when there is none. `note`: why there is none, or
 * what is not in it.
 */
export type PeerDump = { text: string | null; note: string | null };

export type AgentMessage =
  /** `browser`: which one, as it says it itself; absent: werift. */
  | { type: "ready"; browser?: string }
  | { type: "signal"; session: number; data: SignalData }
  /** This peer hears nothing any more and would restart ICE: with which servers? */
  | { type: "wants-restart"; session: number }
  | { type: "stats"; session: number; moment: StatsMoment; stats: Record<string, unknown>[] }
  | SessionEnded
  | ({ type: "dump" } & PeerDump)
  | { type: "fatal"; message: string };

export type Failure = { code: FailureCode; message: string };

/** Narrows a parsed line; the two ends are one program, so its `type` is all that is looked at. */
export function isMessage<M extends { type: string }>(value: unknown, types: readonly M["type"][]): value is M {
  return typeof value === "object" && value !== null && "type" in value && types.includes(String(value.type));
}

export const AGENT_MESSAGE_TYPES = [
  "ready",
  "signal",
  "wants-restart",
  "stats",
  "ended",
  "dump",
  "fatal",
] as const satisfies AgentMessage["type"][];
export const HOST_MESSAGE_TYPES = [
  "hello",
  "join",
  "signal",
  "configure",
  "restart",
  "leave",
  "dump",
] as const satisfies HostMessage["type"][];

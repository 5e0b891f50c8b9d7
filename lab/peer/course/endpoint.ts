import type { MediaReceived, PeerReport } from "../../model/events.ts";
import type { IceServer, TurnTransport } from "../../model/ice.ts";
import type { MediaKind } from "../../model/load.ts";
import type { CheckedPair, TimelineStep } from "../../model/timeline.ts";
import type { PeerPath, SignalData } from "../protocol.ts";
import type { FailureFacts } from "./choose-failure.ts";

/** What the two ends' ICE agents say to each other. */
export type IceSignal = Extract<
  SignalData,
  { kind: "candidate" | "end-of-candidates" | "restart-offer" | "restart-answer" }
>;

/** What an endpoint tells its session. */
export type EndpointEvents = {
  signal: (data: SignalData) => void;
  /** A pair was selected; `isRestart`: it replaces another. */
  onSelected: (isRestart: boolean) => void;
  onDtlsConnected: () => void;
  onOpen: () => void;
  onMessage: (message: Uint8Array) => void;
  /** Each kind of media that the call carries has arrived. */
  onMedia: () => void;
  /** An RTP packet arrived on a track of this kind. */
  onPacket: (kind: MediaKind, packet: Uint8Array) => void;
  /** A restart was begun, by this end or the far one. */
  onRestart: () => void;
  /** ICE failed; `isRestart`: a restart did, and what was before goes on. */
  onFailed: (isRestart: boolean) => void;
  /** What was connected is so no more, for this reason: consent, DTLS, the channel. */
  onLost: (reason: string) => void;
  /** The pair in use leads over a TURN server that has cut the connection to it. */
  onCut: () => void;
  /** Something came from the far peer, over whichever pair. */
  onHeard: () => void;
  /** For the session's timeline; `atMs` where it is told later than it was (absolute monotonic). */
  onStep: (step: TimelineStep, atMs?: number) => void;
};

/** What an endpoint has to say at the end, of all its ICE generations; URLs as they were tried for the first. */
export type EndpointReport = Pick<
  PeerReport,
  "candidates" | "urls" | "selectedPair" | "selectedUrl" | "selectedTransport"
> & {
  media?: MediaReceived[];
  /** Milliseconds from first packet to relayed address, for each TURN URL that gave one. */
  turnAllocateMs: number[];
  turnAllocateOver?: TurnTransport[];
};

/**
 * A peer connection of one WebRTC engine with one channel, as a session's course needs it: unordered, without
 * retransmission, and declared at both ends (`CHANNEL`).
 */
export type Endpoint = {
  /** Signals an offer, and begins to gather. */
  offer(): Promise<void>;
  /** Takes the far end's first description; to an offer it signals an answer, and begins to gather. */
  describe(type: "offer" | "answer", sdp: string): Promise<void>;
  /** Takes what may come before the description that it belongs to. */
  take(signal: IceSignal): Promise<void>;
  /** The ICE servers of the next gathering, W3C's setConfiguration. */
  configure(iceServers: readonly IceServer[]): void;
  /** W3C's restartIce and an offer. One that is under way is followed by this one. */
  restart(): void;
  readonly isRestarting: boolean;
  /** The pair in use, null before there is one. */
  readonly path: PeerPath | null;
  /** Asks the far peer whether it is there; resolves to whether it answered. */
  probe(): Promise<boolean>;
  send(message: Uint8Array): void;
  /** RTP on tracks of its own, where the engine sends what it is given (`traffic.packets`). */
  readonly tracks?: {
    /** Sends one RTP packet, whose payload type and SSRC it sets. */
    send(kind: MediaKind, packet: Uint8Array): void;
    /** How many bytes SRTP adds to a packet; known once DTLS is connected. */
    readonly tagBytes: number;
  };
  /** What was sent into a silence and is still held back is lost: it must not come late, in one burst. */
  startOver(): void;
  readonly gathering: { startedAtMs: number | null; endedAtMs: number | null };
  /** Why it came to nothing, as far as the ICE servers and its pairs say. Asked for when ICE has failed, or in vain. */
  failureFacts(): Promise<Pick<FailureFacts, "urls" | "hasRelay" | "permissions" | "isAnswerless">>;
  /** W3C's getStats(), where the engine has it. */
  stats(): Promise<Record<string, unknown>[] | null>;
  report(): Promise<EndpointReport>;
  /** What came of the checks on each pair, of all generations. */
  pairs(): Promise<CheckedPair[]>;
  /** Gives back sockets and allocations. */
  close(): Promise<void>;
};

/** The data channel, negotiated: werift's DATA_CHANNEL_OPEN loses "unordered" beside maxRetransmits. */
export const CHANNEL = {
  label: "turnlab",
  options: { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 },
} as const;

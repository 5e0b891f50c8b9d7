import type { PeerReport, SessionTimings } from "../model/events.ts";
import type { SignallingCounts } from "../model/evidence.ts";
import type { FailureCode } from "../model/failure.ts";
import { type CandidateType, endType } from "../model/ice.ts";
import { ROLES, type Role } from "../model/scenario.ts";
import type { PeerTimeline } from "../model/timeline.ts";
import { combineRecoveries, type RecoveryAgo } from "./combine-recoveries.ts";
import type { Failure, SessionEnded, SessionMarks } from "./protocol.ts";

export type SessionResult = {
  outcome: "connected" | "failed";
  /** Connected, then lost data or consent before its planned end. */
  dropped: boolean;
  failure: Failure | null;
  /** What each end of the selected pair is, by the address that the far peer sends to. Null unless connected. */
  pair: Record<Role, CandidateType> | null;
  timings: SessionTimings;
  peers: Record<Role, PeerReport>;
  /** Absent of a peer that had no last word. */
  timelines: Partial<Record<Role, PeerTimeline>>;
  /** Messages that neither peer sent because its process fell behind: the lab's load, not the network's loss. */
  messagesSkipped: number;
  /** Silences and ICE restarts, in order. */
  recoveries: RecoveryAgo[];
  /** What became of what the application signalled. */
  signalling: SignallingCounts;
};

/** Which of two peers' reasons is the session's: the more telling one. Lower comes first. */
const RANK: Partial<Record<FailureCode, number>> = {
  peer_crashed: 0,
  dns_failed: 1,
  ice_failed: 5,
  session_timeout: 6,
};
const TURN_RANK = 2;
const SILENT_RANK = 3;
const LATER_STAGE_RANK = 4;

function rank({ code }: Failure): number {
  const known = RANK[code];
  if (known !== undefined) return known;
  if (code === "turn_no_answer" || code === "turn_connect_failed" || code === "stun_no_answer") return SILENT_RANK;
  return code.startsWith("turn_") ? TURN_RANK : LATER_STAGE_RANK;
}

/** Picks the session's failure out of both peers' own. */
export function pickFailure(offerer: Failure | null, answerer: Failure | null): Failure | null {
  if (!offerer || !answerer) return offerer ?? answerer;
  return rank(answerer) < rank(offerer) ? answerer : offerer;
}

/** Puts both peers' endings together. Pure; all marks are on one clock. */
export function combine(peers: Record<Role, SessionEnded>): Omit<SessionResult, "signalling"> {
  const { offerer, answerer } = peers;
  const connected = offerer.connected && answerer.connected;
  const dropped = connected && (offerer.dropped || answerer.dropped);
  const failure = pickFailure(offerer.report.failure, answerer.report.failure);
  return {
    outcome: connected ? "connected" : "failed",
    dropped,
    failure:
      connected && !dropped ? null : (failure ?? { code: "session_timeout", message: "The session ended early." }),
    pair: connected ? pairOf(offerer.report, answerer.report) : null,
    timings: timingsOf(peers, connected),
    peers: { offerer: offerer.report, answerer: answerer.report },
    timelines: {
      ...(offerer.timeline ? { offerer: offerer.timeline } : {}),
      ...(answerer.timeline ? { answerer: answerer.timeline } : {}),
    },
    messagesSkipped: offerer.messagesSkipped + answerer.messagesSkipped,
    recoveries: combineRecoveries(peers),
  };
}

function pairOf(offerer: PeerReport, answerer: PeerReport): SessionResult["pair"] {
  if (!offerer.selectedPair || !answerer.selectedPair) return null;
  return {
    offerer: endType(offerer, answerer.selectedPair.remote),
    answerer: endType(answerer, offerer.selectedPair.remote),
  };
}

function timingsOf(peers: Record<Role, SessionEnded>, connected: boolean): SessionTimings {
  const { offerer, answerer } = peers;
  const start = offerer.marks.joinedAtMs;
  /** The slower peer's span; null unless both have it. */
  const slower = (from: keyof SessionMarks, to: keyof SessionMarks): number | null => {
    const spans = [offerer.marks, answerer.marks].map((marks) => {
      const [begin, end] = [marks[from], marks[to]];
      return begin === null || end === null ? null : end - begin;
    });
    const [a, b] = spans;
    return a == null || b == null ? null : Math.max(a, b);
  };
  const sinceStart = (mark: keyof SessionMarks): number | null => {
    const [a, b] = [offerer.marks[mark], answerer.marks[mark]];
    return a === null || b === null ? null : Math.max(a, b) - start;
  };
  return {
    connect_time: connected ? sinceStart("channelOpenAtMs") : null,
    gather_time: slower("gatheringStartedAtMs", "gatheringEndedAtMs"),
    ice_time: slower("remoteDescriptionAtMs", "pairSelectedAtMs"),
    dtls_time: slower("pairSelectedAtMs", "dtlsConnectedAtMs"),
    first_data_time: connected ? sinceStart("firstDataAtMs") : null,
    turn_allocate_time: [...offerer.turnAllocateMs, ...answerer.turnAllocateMs],
    turn_allocate_of: ROLES.flatMap((role) => {
      const { turnAllocateMs, turnAllocateOver = [] } = peers[role];
      return turnAllocateMs.map((_, index) => ({ role, transport: turnAllocateOver[index] ?? null }));
    }),
  };
}

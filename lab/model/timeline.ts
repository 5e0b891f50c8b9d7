import type { FailureCode } from "./failure.ts";
import type { Candidate } from "./ice.ts";

/** A candidate's transport address, as far as it was told. */
export type CandidateRef = Pick<Candidate, "type" | "address" | "port">;

/** One step of a session at one peer; `atMs` counts from when that peer set out to join. */
export type TimelineEntry = { atMs: number } & (
  | { step: "gathering-started" | "gathering-ended" }
  | { step: "url-tried"; url: string }
  | { step: "url-answered"; url: string }
  | { step: "url-failed"; url: string; code: FailureCode; message: string }
  | { step: "candidate"; candidate: Candidate }
  | { step: "far-candidate"; candidate: CandidateRef }
  | { step: "description-sent" | "description-received"; kind: "offer" | "answer" }
  /** The first check on a pair, its first answer, its end without one. */
  | { step: "check-sent" | "check-answered" | "check-failed"; local: CandidateRef; remote: CandidateRef }
  /** An answer of the TURN server to CreatePermission or ChannelBind that was an error. */
  | { step: "permission-refused"; peer: string; message: string }
  | { step: "selected"; local: CandidateRef; remote: CandidateRef; isRestart: boolean }
  | { step: "ice-state" | "dtls-state"; state: string }
  | { step: "dtls-connected" | "channel-open" | "first-data" | "restart" | "silent" | "heard-again" }
  | { step: "lost"; reason: string }
  | { step: "ended"; failure: FailureCode | null }
);

/** A step without its time. */
export type TimelineStep = TimelineEntry extends infer E ? (E extends TimelineEntry ? Omit<E, "atMs"> : never) : never;

/** What the checks on one candidate pair came to, at one end. Null: the engine does not tell. */
export type CheckedPair = {
  local: CandidateRef & { url?: string };
  remote: CandidateRef;
  state: "frozen" | "waiting" | "in-progress" | "succeeded" | "failed";
  isNominated: boolean;
  checksSent: number | null;
  answersReceived: number | null;
  checksReceived: number | null;
};

/** Of one peer in one session; `left`: entries beyond the bound that were left out. */
export type PeerTimeline = { entries: TimelineEntry[]; pairs: CheckedPair[]; left: number };

/** A session that asks and answers for minutes is not written down check by check. */
export const MAX_TIMELINE_ENTRIES = 400;

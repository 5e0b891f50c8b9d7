import type { PeerReport } from "../model/events.ts";
import { type Failure, marksFrom, type SessionEnded } from "./protocol.ts";

/** What is said of a peer that never set out, or has no word of its own any more. */
export function emptyReport(failure: Failure | null): PeerReport {
  return {
    candidates: [],
    urls: [],
    selectedPair: null,
    selectedUrl: null,
    selectedTransport: null,
    messagesSent: 0,
    messagesReceived: 0,
    failure,
  };
}

/** The end of a session whose peer cannot tell it itself. */
export function endedEarly(session: number, failure: Failure): SessionEnded {
  return {
    type: "ended",
    session,
    connected: false,
    dropped: false,
    marks: marksFrom(Number.NaN),
    turnAllocateMs: [],
    messagesSkipped: 0,
    recoveries: [],
    report: emptyReport(failure),
  };
}

import type { PeerReport } from "../model/events.ts";
import type { Failure } from "./protocol.ts";

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

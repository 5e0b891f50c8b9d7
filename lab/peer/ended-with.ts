import { emptyReport } from "./empty-report.ts";
import { type Failure, marksFrom, type SessionEnded } from "./protocol.ts";

/** The last message of a session whose peer cannot say one any more, or never set out. `joinedAtMs`: where it is known. */
export function endedWith(session: number, failure: Failure, joinedAtMs = Number.NaN): SessionEnded {
  return {
    type: "ended",
    session,
    connected: false,
    dropped: false,
    marks: marksFrom(joinedAtMs),
    turnAllocateMs: [],
    messagesSkipped: 0,
    recoveries: [],
    report: emptyReport(failure),
  };
}

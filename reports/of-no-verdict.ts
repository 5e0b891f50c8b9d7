import type { EventType } from "../lab/model/events.ts";

/** Large, many, and no part of a verdict: who holds events until a scenario has ended leaves these out. */
export const OF_NO_VERDICT: ReadonlySet<EventType> = new Set(["webrtc_stats", "session_timeline"]);

import type { EventOf, RunEvent, SessionFinished } from "../model/events.ts";
import type { Role } from "../model/scenario.ts";

/** What a scenario's calls came to; `lastStates`: ICE's last state at each end, by session, where the lab tells it. */
export type LabCalls = { sessions: readonly SessionFinished[]; lastStates: readonly Record<Role, string | null>[] };

/** Out of a run's log. */
export function labCalls(events: readonly RunEvent[], scenario: string): LabCalls {
  const own = events.filter((event) => "scenario" in event && event.scenario === scenario);
  const sessions = own.flatMap((event) => (event.type === "session_finished" ? [event] : []));
  const timelines = own.flatMap((event) => (event.type === "session_timeline" ? [event] : []));
  const lastStates = sessions.map(({ session }) => ({
    offerer: lastStateOf(timelines, session, "offerer"),
    answerer: lastStateOf(timelines, session, "answerer"),
  }));
  return { sessions, lastStates };
}

function lastStateOf(timelines: readonly EventOf<"session_timeline">[], session: number, role: Role): string | null {
  const own = timelines.find((one) => one.session === session && one.role === role);
  const states = (own?.entries ?? []).flatMap((entry) => (entry.step === "ice-state" ? entry.state : []));
  return states.findLast((state) => state !== "closed") ?? null;
}

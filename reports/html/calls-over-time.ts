import type { RunEvent } from "../../lab/model/events.ts";

/** A line's value from `s` seconds after the first call set out. */
export type Point = { s: number; value: number; of: string };

export const CALL_LINES = ["set out", "connected", "under way", "failed or dropped"] as const;
export type CallLine = (typeof CALL_LINES)[number];

/** Counts as they change; all but `under way` only grow. Empty without a call. */
export function callsOverTime(events: readonly RunEvent[]): (Point & { of: CallLine })[] {
  const first = events.find(({ type }) => type === "session_started");
  if (!first) return [];
  const changes: { at: number; of: CallLine; by: number }[] = [];
  const begun = new Map<number, number>();
  for (const event of events) {
    if (event.type === "session_started") {
      begun.set(event.session, event.at);
      changes.push({ at: event.at, of: "set out", by: 1 }, { at: event.at, of: "under way", by: 1 });
    } else if (event.type === "session_finished") {
      const { connect_time: connect } = event.timings;
      const started = begun.get(event.session);
      changes.push({ at: event.at, of: "under way", by: -1 });
      if (connect !== null && started !== undefined) changes.push({ at: started + connect, of: "connected", by: 1 });
      if (event.outcome === "failed" || event.dropped) changes.push({ at: event.at, of: "failed or dropped", by: 1 });
    }
  }
  const counts = new Map<CallLine, number>();
  const points = changes
    .sort((a, b) => a.at - b.at)
    .map(({ at, of, by }) => {
      const value = (counts.get(of) ?? 0) + by;
      counts.set(of, value);
      return { s: (at - first.at) / 1000, value, of };
    });
  const end = points.at(-1)?.s ?? 0;
  return [...points, ...[...counts].map(([of, value]) => ({ s: end, value, of }))];
}

import type { RunEvent } from "../../lab/model/events.ts";

export const CLIENT_LINES = ["set out", "held", "ended as planned", "failed or lost"] as const;
export type ClientLine = (typeof CLIENT_LINES)[number];

/** Counts of raw TURN clients at the end of each stretch, in seconds after `from`; all but `held` only grow. */
export function allocationsOverTime(events: readonly RunEvent[], from: number) {
  const total: Record<ClientLine, number> = { "set out": 0, held: 0, "ended as planned": 0, "failed or lost": 0 };
  const points: { s: number; value: number; of: ClientLine }[] = CLIENT_LINES.map((of) => ({ s: 0, value: 0, of }));
  for (const event of events) {
    if (event.type !== "allocations_measured") continue;
    const s = (event.at - from) / 1_000;
    if (s < 0) continue;
    total["set out"] += event.started;
    total.held = event.held;
    total["ended as planned"] += event.ended;
    total["failed or lost"] += event.lost + Object.values(event.failed).reduce((sum, count) => sum + count, 0);
    points.push(...CLIENT_LINES.map((of) => ({ s, value: total[of], of })));
  }
  return points;
}

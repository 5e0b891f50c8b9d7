import type { SessionFinished } from "../../lab/model/events.ts";
import { plural } from "../render/format.ts";
import { distributionChart } from "./distribution-chart.ts";
import type { Markup } from "./markup.ts";

/** The mission's: a call connects within 5 s. */
export const CONNECT_TARGET_MS = 5_000;

/** How many calls took how long, and what share had connected by then; calls that never did are in the share, not in a bar. */
export function connectTimeChart(sessions: readonly SessionFinished[]): Markup {
  const times = sessions.map(({ timings }) => timings.connect_time).filter((time) => time !== null);
  return distributionChart({
    title: `Connect time of ${plural(times.length, "call")}`,
    what: "connect time",
    of: "calls connected",
    values: times.sort((a, b) => a - b).map((value) => ({ value, times: 1 })),
    total: sessions.length,
    targetMs: CONNECT_TARGET_MS,
  });
}

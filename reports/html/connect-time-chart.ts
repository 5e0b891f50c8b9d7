import * as Plot from "@observablehq/plot";
import type { SessionFinished } from "../../lab/model/events.ts";
import { formatMs, plural } from "../render/format.ts";
import { COLOURS, drawChart } from "./chart.ts";
import { type Markup, NOTHING_AT_ALL } from "./markup.ts";

/** The mission's: a call connects within 5 s. */
export const CONNECT_TARGET_MS = 5_000;

/** How many calls took how long, and what share had connected by then; calls that never did are in the share, not in a bar. */
export function connectTimeChart(sessions: readonly SessionFinished[]): Markup {
  const times = sessions
    .map(({ timings }) => timings.connect_time)
    .filter((time) => time !== null)
    .sort((a, b) => a - b);
  const longest = times.at(-1);
  if (longest === undefined) return NOTHING_AT_ALL;
  const end = longest > CONNECT_TARGET_MS * 0.6 ? Math.max(longest, CONNECT_TARGET_MS) : longest;
  const share = times.map((time, index) => ({ time, share: (index + 1) / sessions.length }));
  const never = sessions.length - times.length;
  const beyond =
    longest <= CONNECT_TARGET_MS * 0.6 ? `; the target of ${formatMs(CONNECT_TARGET_MS)} ms lies far to the right` : "";
  const median = times[Math.floor((times.length - 1) / 2)] ?? longest;
  return drawChart({
    title: `Connect time of ${plural(times.length, "call")}${never > 0 ? `; ${never} never connected` : ""}${beyond}`,
    summary:
      `Distribution of connect time: median ${formatMs(median)} ms, longest ${formatMs(longest)} ms, ` +
      `${never} of ${sessions.length} never connected.`,
    options: {
      x: { label: "connect time (ms)", domain: [0, end * 1.02], grid: false },
      y: { label: "share of calls connected (%)", domain: [0, 100], grid: true },
      marks: [
        Plot.rectY(times, {
          ...Plot.binX(
            { y: (bin: number[]) => (100 * bin.length) / sessions.length },
            { x: (time: number) => time, thresholds: 40 },
          ),
          fill: COLOURS.offered,
          fillOpacity: 0.35,
        }),
        Plot.line([{ time: 0, share: 0 }, ...share, { time: end * 1.02, share: times.length / sessions.length }], {
          x: "time",
          y: ({ share: of }: { share: number }) => of * 100,
          curve: "step-after",
          stroke: COLOURS.offered,
          strokeWidth: 2,
        }),
        Plot.ruleY([95], { stroke: COLOURS.target, strokeDasharray: "4 3" }),
        Plot.text([{ x: end * 1.02, y: 95 }], {
          x: "x",
          y: "y",
          text: () => "95 %",
          textAnchor: "end",
          dy: -6,
          fill: COLOURS.target,
        }),
        ...(end >= CONNECT_TARGET_MS
          ? [
              Plot.ruleX([CONNECT_TARGET_MS], { stroke: COLOURS.target, strokeDasharray: "4 3" }),
              Plot.text([{ x: CONNECT_TARGET_MS, y: 4 }], {
                x: "x",
                y: "y",
                text: () => "target 5 s",
                textAnchor: "end",
                dx: -4,
                fill: COLOURS.target,
              }),
            ]
          : []),
        Plot.ruleY([0]),
      ],
    },
  });
}

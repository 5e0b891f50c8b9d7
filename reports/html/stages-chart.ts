import * as Plot from "@observablehq/plot";
import type { SessionFinished } from "../../lab/model/events.ts";
import { formatMs } from "../render/format.ts";
import { COLOURS, drawChart } from "./chart.ts";
import { type Markup, NOTHING_AT_ALL } from "./markup.ts";

const STAGES = [
  ["connect_time", "connect: setting out until data can flow"],
  ["gather_time", "gather: until every URL has answered"],
  ["ice_time", "ICE: first description until a pair is selected"],
  ["dtls_time", "DTLS: selected pair until it is up"],
  ["first_data_time", "first data at both ends"],
] as const;

/** Where the time went: every call of a stage as a tick, and the median. Stages overlap, so they do not add up. */
export function stagesChart(sessions: readonly SessionFinished[]): Markup {
  const connected = sessions.filter(({ outcome }) => outcome === "connected");
  const samples = STAGES.flatMap(([key, label]) =>
    connected.flatMap(({ timings }) => (timings[key] === null ? [] : [{ stage: label, time: timings[key] }])),
  );
  if (samples.length === 0) return NOTHING_AT_ALL;
  const medians = STAGES.flatMap(([, label]) => {
    const own = samples
      .filter(({ stage }) => stage === label)
      .map(({ time }) => time)
      .sort((a, b) => a - b);
    const median = own[Math.floor((own.length - 1) / 2)];
    return median === undefined ? [] : [{ stage: label, time: median }];
  });
  return drawChart({
    title: "Stages of a call: each call a tick, the median a dot (stages overlap)",
    summary: medians.map(({ stage, time }) => `${stage}, median ${formatMs(time)} ms`).join("; "),
    options: {
      height: 70 + 30 * medians.length,
      marginLeft: 290,
      x: { label: "ms", grid: true, domain: [0, samples.reduce((most, { time }) => Math.max(most, time), 0) * 1.02] },
      y: { label: null, domain: medians.map(({ stage }) => stage) },
      marks: [
        Plot.tickX(thin(samples), { x: "time", y: "stage", stroke: COLOURS.offered, strokeOpacity: 0.35 }),
        Plot.dot(medians, { x: "time", y: "stage", r: 5, fill: COLOURS.server }),
      ],
    },
  });
}

const MOST_TICKS = 1_500;

/** Evenly, by value: ticks lie upon each other long before. */
function thin<T extends { stage: string; time: number }>(samples: readonly T[]): T[] {
  if (samples.length <= MOST_TICKS) return [...samples];
  const every = samples.length / MOST_TICKS;
  const sorted = [...samples].sort((a, b) => a.stage.localeCompare(b.stage) || a.time - b.time);
  return sorted.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
}

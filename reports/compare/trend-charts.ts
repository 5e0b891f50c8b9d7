import * as Plot from "@observablehq/plot";
import { COLOURS, drawChart } from "../html/chart.ts";
import { type Markup, NOTHING_AT_ALL } from "../html/markup.ts";
import { formatMs, formatRatio, plural } from "../render/format.ts";
import type { TrendPoint } from "./comparison.ts";

/** A run's place on the axis of all runs, and what it says there. */
export type Axis = {
  runs: readonly { name: string; startedAt: string }[];
  marks: readonly { run: string; number: number }[];
};

type Placed = TrendPoint & { at: number };

/** A line is drawn between points; a run that has nothing to show is a gap in it. */
export function trendCharts(points: readonly TrendPoint[], axis: Axis): Markup[] {
  const placed = points.map((point) => ({ ...point, at: axis.runs.findIndex(({ name }) => name === point.run) }));
  return [successChart(placed, axis), connectChart(placed, axis), ...loadCharts(placed, axis)];
}

function successChart(points: readonly Placed[], axis: Axis): Markup {
  const rows = points.flatMap(({ at, status, success: { rate, ci95 } }) =>
    rate === null || ci95 === null
      ? []
      : [{ at, rate: rate * 100, low: ci95[0] * 100, high: ci95[1] * 100, colour: colourOf(status) }],
  );
  if (rows.length === 0) return NOTHING_AT_ALL;
  const least = Math.min(...rows.map(({ low }) => low));
  const [lowest, highest] = [Math.min, Math.max].map((of) => of(...rows.map(({ rate }) => rate / 100)));
  return drawChart({
    title: "Success rate with its 95 % interval",
    summary: `Success rate of ${plural(rows.length, "run")}: from ${formatRatio(lowest ?? null)} to ${formatRatio(highest ?? null)}.`,
    legend: [
      { label: "passed", colour: COLOURS.good },
      { label: "did not pass", colour: COLOURS.bad },
    ],
    options: {
      ...shared(axis),
      y: { label: "connected and lasted (%)", domain: [Math.max(0, Math.min(90, least - 2)), 100], grid: true },
      color: { type: "identity" },
      marks: [
        ...frame(axis),
        Plot.ruleX(rows, { x: "at", y1: "low", y2: "high", stroke: "colour", strokeWidth: 2 }),
        Plot.line(rows, { x: "at", y: "rate", stroke: COLOURS.muted, strokeWidth: 1 }),
        Plot.dot(rows, { x: "at", y: "rate", fill: "colour", r: 4 }),
      ],
    },
  });
}

function connectChart(points: readonly Placed[], axis: Axis): Markup {
  const rows = points.filter(({ connectTime }) => connectTime.med !== null);
  if (rows.length === 0) return NOTHING_AT_ALL;
  const of = (key: keyof TrendPoint["connectTime"]) => (point: Placed) => point.connectTime[key] ?? Number.NaN;
  const last = rows.at(-1)?.connectTime;
  return drawChart({
    title: "Connect time",
    summary: `Connect time of ${plural(rows.length, "run")}; of the last median ${formatMs(last?.med ?? null)} ms, p(95) ${formatMs(last?.p95 ?? null)} ms.`,
    legend: [
      { label: "median, middle half, least to most", colour: COLOURS.offered },
      { label: "p(95)", colour: COLOURS.server, isDashed: true },
    ],
    options: {
      ...shared(axis),
      y: { label: "ms", grid: true, zero: true },
      marks: [
        ...frame(axis),
        Plot.ruleX(rows, { x: "at", y1: of("min"), y2: of("max"), stroke: COLOURS.offered, strokeOpacity: 0.5 }),
        Plot.ruleX(
          rows.filter(({ connectTime }) => connectTime.p25 !== null),
          { x: "at", y1: of("p25"), y2: of("p75"), stroke: COLOURS.offered, strokeOpacity: 0.5, strokeWidth: 9 },
        ),
        Plot.line(rows, { x: "at", y: of("p95"), stroke: COLOURS.server, strokeDasharray: "4 3" }),
        Plot.line(rows, { x: "at", y: of("med"), stroke: COLOURS.offered }),
        Plot.dot(rows, { x: "at", y: of("med"), fill: COLOURS.offered, r: 4 }),
        Plot.ruleY([0]),
      ],
    },
  });
}

const SERIES = [COLOURS.server, COLOURS.offered, COLOURS.other, COLOURS.muted];

const LOADS = [
  { key: "cpuMsPerCall", title: "Server CPU for a call", label: "ms of one core", scale: 1 },
  { key: "memoryMaxBytes", title: "Server memory at most", label: "MiB", scale: 2 ** 20 },
] as const;

function loadCharts(points: readonly Placed[], axis: Axis): Markup[] {
  return LOADS.map(({ key, title, label, scale }) => {
    const rows = points.flatMap(({ at, servers }) =>
      Object.entries(servers).flatMap(([server, load]) => {
        const value = load[key];
        return value === null ? [] : [{ at, server, value: value / scale }];
      }),
    );
    if (rows.length === 0) return NOTHING_AT_ALL;
    const servers = [...new Set(rows.map(({ server }) => server))];
    const last = rows.at(-1);
    return drawChart({
      title,
      summary: `${title} by run; the last of ${last?.server} was ${last?.value.toFixed(1)} ${label}.`,
      legend: servers.map((server, index) => ({ label: server, colour: SERIES[index % SERIES.length] ?? "" })),
      options: {
        ...shared(axis),
        y: { label, grid: true, zero: true },
        color: { domain: servers, range: servers.map((_, index) => SERIES[index % SERIES.length] ?? "") },
        marks: [
          ...frame(axis),
          Plot.line(rows, { x: "at", y: "value", z: "server", stroke: "server" }),
          Plot.dot(rows, { x: "at", y: "value", fill: "server", r: 4 }),
          Plot.ruleY([0]),
        ],
      },
    });
  });
}

const colourOf = (status: string) => (status === "passed" ? COLOURS.good : COLOURS.bad);

/** Room for the numbers of marks above, and for dates below. */
function shared({ runs }: Axis): Plot.PlotOptions {
  const step = Math.ceil(runs.length / 10);
  const dates = runs.map(({ startedAt }) => `${startedAt.slice(5, 10)} ${startedAt.slice(11, 16)}`);
  return {
    height: 230,
    marginTop: 24,
    x: {
      label: "runs in the order of time (UTC)",
      domain: [-0.6, runs.length - 0.4],
      ticks: runs.map((_, index) => index).filter((index) => index % step === 0),
      tickFormat: (index: number) => dates[index] ?? "",
    },
  };
}

/** Before the first run that was made with something else, a line with its number. */
function frame({ runs, marks }: Axis): Plot.Markish[] {
  const lines = marks.map(({ run, number }) => ({ at: runs.findIndex(({ name }) => name === run) - 0.5, number }));
  return [
    Plot.ruleX(lines, { x: "at", stroke: COLOURS.target, strokeDasharray: "2 3" }),
    Plot.text(lines, { x: "at", text: "number", frameAnchor: "top", dy: -14, fill: COLOURS.target }),
  ];
}

import * as Plot from "@observablehq/plot";
import { COLOURS, drawChart } from "../html/chart.ts";
import { type Markup, NOTHING_AT_ALL } from "../html/markup.ts";
import { formatMs, plural } from "../render/format.ts";
import type { Figure, ScenarioComparison } from "./comparison.ts";

/** What share of calls had connected by when, in both runs. */
export function connectTimesChart(
  { connectTimes: { before, after } }: ScenarioComparison,
  { run, baseline }: { run: string; baseline: string },
): Markup {
  if (!before || !after) return NOTHING_AT_ALL;
  const steps = (quantiles: readonly number[]) =>
    quantiles.map((time, index) => ({ time, share: (100 * index) / (quantiles.length - 1) }));
  const median = (quantiles: readonly number[]) => formatMs(quantiles[(quantiles.length - 1) / 2] ?? null);
  return drawChart({
    title: "Connect time of the calls that connected",
    summary: `Distributions of connect time: median ${median(before)} ms in ${baseline}, ${median(after)} ms in ${run}.`,
    legend: [
      { label: baseline, colour: COLOURS.muted, isDashed: true },
      { label: run, colour: COLOURS.offered },
    ],
    options: {
      x: { label: "connect time (ms)", domain: [0, Math.max(...before, ...after) * 1.02] },
      y: { label: "share connected (%)", domain: [0, 100], grid: true },
      marks: [
        Plot.line(steps(before), {
          x: "time",
          y: "share",
          stroke: COLOURS.muted,
          strokeDasharray: "4 3",
          strokeWidth: 2,
        }),
        Plot.line(steps(after), { x: "time", y: "share", stroke: COLOURS.offered, strokeWidth: 2 }),
        Plot.ruleY([0]),
      ],
    },
  });
}

const MEANING_COLOURS = { worse: COLOURS.bad, better: COLOURS.good };

/** The times that have an interval, as changes in per cent of what they were. */
export function differencesChart({ figures }: ScenarioComparison): Markup {
  const rows = figures.flatMap(asChange);
  if (rows.length === 0) return NOTHING_AT_ALL;
  const shown = rows.filter(({ isShown }) => isShown).length;
  return drawChart({
    title: "Times, change in per cent with its 95 % interval",
    summary: `Changes of ${plural(rows.length, "figure")} with their intervals: ${shown} ${shown === 1 ? "does" : "do"} not contain 0.`,
    options: {
      height: 50 + rows.length * 22,
      marginLeft: 176,
      x: { label: "change (%)", grid: true, nice: true, inset: 6 },
      y: { label: null, domain: rows.map(({ name }) => name) },
      marks: [
        Plot.ruleX([0], { stroke: COLOURS.muted }),
        Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "colour", strokeWidth: 2 }),
        Plot.dot(rows, { y: "name", x: "change", fill: "colour", r: 4 }),
      ],
      color: { type: "identity" },
    },
  });
}

function asChange({ name, kind, before, difference, interval, verdict, meaning }: Figure) {
  if (kind !== "time" || interval === null || difference === null || before === null || before <= 0) return [];
  const percent = (value: number) => (100 * value) / before;
  return [
    {
      name,
      change: percent(difference),
      low: percent(interval[0]),
      high: percent(interval[1]),
      isShown: verdict === "higher" || verdict === "lower",
      colour: meaning === null ? COLOURS.muted : MEANING_COLOURS[meaning],
    },
  ];
}

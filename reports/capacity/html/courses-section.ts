import * as Plot from "@observablehq/plot";
import type { CapacityCourse, CapacityReport } from "../../../lab/model/capacity-report.ts";
import { COLOURS, drawChart } from "../../html/chart.ts";
import { html, type Markup, NOTHING_AT_ALL } from "../../html/markup.ts";
import { section } from "../../html/page/section.ts";
import { formatDuration, plural } from "../../render/format.ts";
import { VERDICTS, verdictLegend } from "./hold-marks.ts";

type Shown = CapacityCourse["steps"][number];

/** How each search went: its steps in time, and on the same axis what the server and the generator were busy with. */
export function coursesSection(courses: readonly CapacityCourse[], report: CapacityReport): Markup {
  const shown = courses.filter(({ steps }) => steps.length > 0);
  return section(
    "course",
    "How it was searched",
    html`${shown.map((course, index) => courseCharts(course, coresOf(report, index), courses.length > 1, index === 0 ? report.knee.calls : (report.others[index - 1]?.knee.calls ?? null)))}`,
  );
}

const coresOf = ({ size, harness, others }: CapacityReport, index: number) =>
  (index === 0 ? size.cpus : others[index - 1]?.size.cpus) ?? harness.cpus;

function courseCharts({ name, steps }: CapacityCourse, cores: number, isNamed: boolean, knee: number | null): Markup {
  const [first] = steps;
  const last = steps.at(-1);
  if (!first || !last) return NOTHING_AT_ALL;
  const begins = first.fromS - (first.point.arrival?.durationMs ?? 0) / 1000;
  const x = { label: "seconds from the run's first step", domain: [begins, last.toS] };
  return html`${isNamed ? html`<h3>${name}</h3>` : NOTHING_AT_ALL}${stepsChart(name, steps, x, knee)}${useChart(name, steps, x, cores)}`;
}

function stepsChart(name: string, steps: readonly Shown[], x: Plot.ScaleOptions, knee: number | null): Markup {
  const most = Math.max(...steps.map(({ point }) => point.calls));
  const arrivals = steps.flatMap(({ fromS, point }) =>
    point.arrival === null ? [] : [{ fromS: fromS - point.arrival.durationMs / 1000, toS: fromS, calls: point.calls }],
  );
  const took = (steps.at(-1)?.toS ?? 0) - (steps[0]?.fromS ?? 0);
  return drawChart({
    title: "Loads in the order in which they were held",
    summary: `${name}: ${plural(steps.length, "load")} in ${formatDuration(took * 1000)}, ${steps
      .map(({ point }) => `${point.calls} ${point.verdict.replace("_", " ")}`)
      .join(", ")}.`,
    legend: [
      ...verdictLegend(steps.map(({ point }) => point)),
      { label: "calls arriving", colour: COLOURS.muted, isDashed: true },
    ],
    options: {
      height: 180,
      x,
      y: { label: "calls at once", grid: true, domain: [0, most * 1.12] },
      marks: [
        Plot.ruleY(arrivals, { y: "calls", x1: "fromS", x2: "toS", stroke: COLOURS.muted, strokeDasharray: "2 3" }),
        Plot.rect(steps, {
          x1: "fromS",
          x2: "toS",
          y1: () => 0,
          y2: ({ point }: Shown) => point.calls,
          fill: ({ point }: Shown) => VERDICTS[point.verdict].colour,
          fillOpacity: 0.3,
          stroke: ({ point }: Shown) => VERDICTS[point.verdict].colour,
        }),
        Plot.text(steps, {
          x: ({ fromS, toS }: Shown) => (fromS + toS) / 2,
          y: ({ point }: Shown) => point.calls,
          text: ({ point }: Shown) => String(point.calls),
          dy: -7,
          fontSize: 10,
        }),
        ...(knee === null ? [] : [Plot.ruleY([knee], { stroke: COLOURS.offered })]),
        Plot.ruleY([0]),
      ],
    },
  });
}

const SERIES = {
  server: { label: "server, of its cores", colour: COLOURS.server },
  throttled: { label: "periods in which it was throttled", colour: COLOURS.bad },
  generator: { label: "generator's busiest worker, of one core", colour: COLOURS.muted },
} as const;
type Series = keyof typeof SERIES;

function useChart(name: string, steps: readonly Shown[], x: Plot.ScaleOptions, cores: number): Markup {
  const of: Record<Series, (step: Shown) => number | null> = {
    server: ({ point }) => (point.server.cpuPercent === null ? null : point.server.cpuPercent / cores),
    throttled: ({ point }) => (point.server.throttledShare === null ? null : 100 * point.server.throttledShare),
    generator: ({ point }) => point.generator.busiestWorkerPercent,
  };
  const bars = (Object.keys(SERIES) as Series[]).flatMap((series) =>
    steps.flatMap((step) => {
      const value = of[series](step);
      return value === null ? [] : [{ series, fromS: step.fromS, toS: step.toS, value }];
    }),
  );
  if (bars.length === 0) return NOTHING_AT_ALL;
  const shown = (Object.keys(SERIES) as Series[]).filter((series) => bars.some((one) => one.series === series));
  const most = (series: Series) => Math.max(...bars.filter((one) => one.series === series).map(({ value }) => value));
  return drawChart({
    title: "Meanwhile: how busy the server and the generator were",
    summary: `${name}, at the most: ${shown.map((series) => `${SERIES[series].label} ${most(series).toFixed(0)} %`).join("; ")}.`,
    legend: shown.map((series) => ({ ...SERIES[series], isDashed: series === "generator" })),
    options: {
      height: 170,
      x,
      y: { label: "%", grid: true, domain: [0, Math.max(100, ...bars.map(({ value }) => value)) * 1.05] },
      marks: [
        ...shown.map((series) =>
          Plot.ruleY(
            bars.filter((one) => one.series === series),
            {
              y: "value",
              x1: "fromS",
              x2: "toS",
              stroke: SERIES[series].colour,
              strokeWidth: 4,
              ...(series === "generator" ? { strokeDasharray: "3 2" } : {}),
            },
          ),
        ),
        Plot.ruleY([0]),
      ],
    },
  });
}

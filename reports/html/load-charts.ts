import * as Plot from "@observablehq/plot";
import type { RunEvent } from "../../lab/model/events.ts";
import { formatCpu, formatMebibytes, plural } from "../render/format.ts";
import { CALL_LINES, type CallLine, callsOverTime, type Point } from "./calls-over-time.ts";
import { COLOURS, drawChart } from "./chart.ts";
import { html, type Markup, NOTHING_AT_ALL } from "./markup.ts";

const LINE_COLOURS: Record<CallLine, string> = {
  "set out": COLOURS.muted,
  connected: COLOURS.good,
  "under way": COLOURS.offered,
  "failed or dropped": COLOURS.bad,
};

/** Calls arriving, connecting and ending, and what servers and the lab spent meanwhile: two charts on one axis of time. */
export function loadCharts(events: readonly RunEvent[]): Markup {
  const calls = callsOverTime(events);
  const first = events.find(({ type }) => type === "session_started");
  if (!first) return NOTHING_AT_ALL;
  const last = mostOf(calls.map(({ s }) => s)) || 0.1;
  const x = { label: "seconds from the first call", domain: [0, last] };
  const cpu = cpuOverTime(events, first.at).filter(({ s }) => s >= 0 && s <= last);
  return html`${callsChart(calls, x)}${cpu.length === 0 ? NOTHING_AT_ALL : cpuChart(cpu, events, x)}`;
}

function callsChart(calls: readonly Point[], x: Plot.ScaleOptions): Markup {
  const most = mostOf(calls.filter(({ of }) => of === "under way").map(({ value }) => value));
  const lines = CALL_LINES.filter((line) => calls.some(({ of }) => of === line));
  return drawChart({
    title: `Calls over time, ${plural(most, "call")} at once at the most`,
    summary: `Calls over time: ${lines.join(", ")}. At most ${most} were under way at once.`,
    legend: lines.map((label) => ({ label, colour: LINE_COLOURS[label] })),
    options: {
      x,
      y: { label: "calls", grid: true },
      color: { domain: lines, range: lines.map((line) => LINE_COLOURS[line]) },
      marks: [
        Plot.line(calls, { x: "s", y: "value", z: "of", stroke: "of", curve: "step-after", strokeWidth: 1.75 }),
        Plot.ruleY([0]),
      ],
    },
  });
}

type CpuPoint = Point & { isServer: boolean };

function cpuChart(cpu: readonly CpuPoint[], events: readonly RunEvent[], x: Plot.ScaleOptions): Markup {
  const [servers, lab] = [true, false].map((isServer) => cpu.filter((point) => point.isServer === isServer));
  const namesOf = (points: readonly Point[] = []) => [...new Set(points.map(({ of }) => of))].join(", ");
  const memory = mostOf(events.flatMap((event) => (event.type === "turn_server_sampled" ? [event.memoryBytes] : [])));
  const busiest = formatCpu(mostOf((servers ?? []).map(({ value }) => value)));
  return drawChart({
    title: "CPU, 100 % is one core",
    summary: `CPU over time. The busiest sample of a server was ${busiest}, its memory at most ${formatMebibytes(memory)}.`,
    legend: [
      { label: `${namesOf(servers)}: at most ${busiest}, ${formatMebibytes(memory)}`, colour: COLOURS.server },
      ...(lab?.length ? [{ label: `the lab itself: ${namesOf(lab)}`, colour: COLOURS.muted, isDashed: true }] : []),
    ],
    options: {
      x,
      y: { label: "CPU (%)", grid: true },
      marks: [
        Plot.line(lab, { x: "s", y: "value", z: "of", stroke: COLOURS.muted, strokeDasharray: "3 3" }),
        Plot.line(servers, { x: "s", y: "value", z: "of", stroke: COLOURS.server, strokeWidth: 2 }),
        Plot.ruleY([0]),
      ],
    },
  });
}

function cpuOverTime(events: readonly RunEvent[], from: number): CpuPoint[] {
  return events.flatMap((event): CpuPoint[] => {
    if (event.type !== "turn_server_sampled" && event.type !== "lab_sampled") return [];
    if (event.cpuPercent === null) return [];
    const isServer = event.type === "turn_server_sampled";
    const of = isServer ? event.server : event.process;
    return [{ s: (event.at - from) / 1000, value: event.cpuPercent, of, isServer }];
  });
}

/** Zero of none; a thousand calls have more values than a call of Math.max takes. */
const mostOf = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0);

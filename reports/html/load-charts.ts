import * as Plot from "@observablehq/plot";
import type { RunEvent } from "../../lab/model/events.ts";
import { formatCpu, formatMebibytes, formatMegabits } from "../render/format.ts";
import { allocationCharts } from "./allocation-charts.ts";
import { allocationsOverTime, CLIENT_LINES, type ClientLine } from "./allocations-over-time.ts";
import { CALL_LINES, type CallLine, callsOverTime, type Point } from "./calls-over-time.ts";
import { COLOURS, drawChart } from "./chart.ts";
import { html, type Markup, NOTHING_AT_ALL } from "./markup.ts";

const LINE_COLOURS: Record<CallLine | ClientLine, string> = {
  "set out": COLOURS.muted,
  connected: COLOURS.good,
  "under way": COLOURS.offered,
  "failed or dropped": COLOURS.bad,
  held: COLOURS.offered,
  "ended as planned": COLOURS.good,
  "failed or lost": COLOURS.bad,
};

/**
 * Calls arriving, connecting and ending (of raw clients their allocations), and what servers and the lab spent meanwhile: charts
 * on one axis of time.
 */
export function loadCharts(events: readonly RunEvent[]): Markup {
  const from = loadBeganAt(events);
  if (from === null) return NOTHING_AT_ALL;
  const isRaw = events.some(({ type }) => type === "allocations_measured");
  const points = isRaw ? allocationsOverTime(events, from) : callsOverTime(events);
  const last = mostOf(points.map(({ s }) => s)) || 0.1;
  const x = { label: `seconds from the first ${isRaw ? "client" : "call"}`, domain: [0, last] };
  const meanwhile = events.filter(({ at }) => at >= from && at <= from + last * 1_000);
  const cpu = cpuOverTime(meanwhile, from);
  const carried = carriedOverTime(meanwhile, from);
  return html`${arrivalsChart(points, isRaw, x)}${cpu.length === 0 ? NOTHING_AT_ALL : cpuChart(cpu, events, x)}${carried.length === 0 ? NOTHING_AT_ALL : carriedChart(carried, x)}${isRaw ? allocationCharts(events, from) : NOTHING_AT_ALL}`;
}

/** When the first call, or the first raw client, set out; null: none did. */
function loadBeganAt(events: readonly RunEvent[]): number | null {
  for (const event of events) {
    if (event.type === "session_started") return event.at;
    if (event.type === "allocations_measured" && event.started > 0) return event.at - event.durationMs;
  }
  return null;
}

function arrivalsChart(points: readonly Point[], isRaw: boolean, x: Plot.ScaleOptions): Markup {
  const [noun, atOnce] = isRaw ? ["Allocations", "held"] : ["Calls", "under way"];
  const most = mostOf(points.filter(({ of }) => of === atOnce).map(({ value }) => value));
  const lines = (isRaw ? CLIENT_LINES : CALL_LINES).filter((line) => points.some(({ of }) => of === line));
  return drawChart({
    title: `${noun} over time, ${most} at once at the most`,
    summary: `${noun} over time: ${lines.join(", ")}. At most ${most} were ${atOnce} at once.`,
    legend: lines.map((label) => ({ label, colour: LINE_COLOURS[label] })),
    options: {
      x,
      y: { label: noun.toLowerCase(), grid: true },
      color: { domain: lines, range: lines.map((line) => LINE_COLOURS[line]) },
      marks: [
        Plot.line(points, { x: "s", y: "value", z: "of", stroke: "of", curve: "step-after", strokeWidth: 1.75 }),
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

type CarriedPoint = Point & { direction: "in" | "out" };

/** What servers carried: their own wires, both directions. */
function carriedOverTime(events: readonly RunEvent[], from: number): CarriedPoint[] {
  return events.flatMap((event): CarriedPoint[] => {
    if (event.type !== "turn_server_sampled") return [];
    const s = (event.at - from) / 1000;
    const of = (direction: "in" | "out", bits: number | null): CarriedPoint[] =>
      bits === null ? [] : [{ s, value: bits / 1e6, of: `${event.server} ${direction}`, direction }];
    return [...of("in", event.rxBitsPerSecond), ...of("out", event.txBitsPerSecond)];
  });
}

function carriedChart(points: readonly CarriedPoint[], x: Plot.ScaleOptions): Markup {
  const [into, out] = (["in", "out"] as const).map((way) => points.filter(({ direction }) => direction === way));
  const most = (own: readonly Point[] = []) => formatMegabits(mostOf(own.map(({ value }) => value)) * 1e6);
  return drawChart({
    title: "What servers carried, Mbit/s",
    summary: `Bits a second through servers over time: at most ${most(into)} Mbit/s in, ${most(out)} Mbit/s out.`,
    legend: [
      { label: `in: at most ${most(into)}`, colour: COLOURS.server },
      { label: `out: at most ${most(out)}`, colour: COLOURS.other, isDashed: true },
    ],
    options: {
      x,
      y: { label: "Mbit/s", grid: true },
      marks: [
        Plot.line(into, { x: "s", y: "value", z: "of", stroke: COLOURS.server, strokeWidth: 2 }),
        Plot.line(out, { x: "s", y: "value", z: "of", stroke: COLOURS.other, strokeDasharray: "4 3" }),
        Plot.ruleY([0]),
      ],
    },
  });
}

/** Zero of none; a thousand calls have more values than a call of Math.max takes. */
const mostOf = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0);

import * as Plot from "@observablehq/plot";
import type { RunEvent } from "../../lab/model/events.ts";
import { formatCpu, formatMebibytes, plural } from "../render/format.ts";
import { COLOURS, drawChart } from "./chart.ts";
import { html, type Markup, NOTHING_AT_ALL } from "./markup.ts";

type Point = { s: number; value: number; of: string };

/** Calls arriving, connecting and ending, and what a server spent meanwhile: one above the other, on the same axis of time. */
export function loadCharts(events: readonly RunEvent[]): Markup {
  const first = events.find(({ type }) => type === "session_started");
  if (!first) return NOTHING_AT_ALL;
  const seconds = (at: number) => (at - first.at) / 1000;
  const calls = callsOverTime(events, seconds);
  const last = Math.max(...calls.map(({ s }) => s), 0.1);
  const x = { label: "seconds from the first call", domain: [0, last] as [number, number], clamp: true };
  const isIn = ({ s }: Point) => s >= 0 && s <= last;
  const cpu = events
    .flatMap((event): Point[] => {
      if (event.type === "turn_server_sampled" && event.cpuPercent !== null)
        return [{ s: seconds(event.at), value: event.cpuPercent, of: event.server }];
      if (event.type === "lab_sampled" && event.cpuPercent !== null)
        return [{ s: seconds(event.at), value: event.cpuPercent, of: `${event.process} (lab)` }];
      return [];
    })
    .filter(isIn);
  const servers = [...new Set(events.flatMap((event) => (event.type === "turn_server_sampled" ? [event.server] : [])))];
  const isServer = ({ of }: Point) => servers.includes(of);
  const busiest = Math.max(...cpu.filter(isServer).map(({ value }) => value), 0);
  const memory = Math.max(
    ...events.flatMap((event) => (event.type === "turn_server_sampled" ? [event.memoryBytes] : [])),
    0,
  );
  const most = Math.max(...calls.filter(({ of }) => of === "under way").map(({ value }) => value), 0);
  return html`${drawChart({
    title: `Calls: set out, connected, under way (${plural(most, "call")} at once at the most)`,
    summary: `Calls over time; at most ${most} were under way at once.`,
    options: {
      x,
      y: { label: "calls", grid: true },
      color: {
        domain: ["set out", "connected", "under way", "failed or dropped"],
        range: [COLOURS.muted, COLOURS.good, COLOURS.offered, COLOURS.bad],
        legend: false,
      },
      marks: [
        Plot.line(calls, { x: "s", y: "value", z: "of", stroke: "of", curve: "step-after", strokeWidth: 1.75 }),
        Plot.text(
          calls,
          Plot.selectLast({ x: "s", y: "value", z: "of", text: "of", fill: "of", textAnchor: "end", dy: -7, dx: -2 }),
        ),
        Plot.ruleY([0]),
      ],
    },
  })}${
    cpu.length === 0
      ? NOTHING_AT_ALL
      : drawChart({
          title: `CPU of TURN servers and of the lab itself (100 % is one core); server's most ${formatCpu(busiest)}, its memory ${formatMebibytes(memory)}`,
          summary: `CPU over time; the busiest server sample was ${formatCpu(busiest)}.`,
          options: {
            x,
            y: { label: "CPU (%)", grid: true },
            marks: [
              Plot.line(
                cpu.filter((point) => !isServer(point)),
                { x: "s", y: "value", z: "of", stroke: COLOURS.muted, strokeDasharray: "3 3" },
              ),
              Plot.line(cpu.filter(isServer), { x: "s", y: "value", z: "of", stroke: COLOURS.server, strokeWidth: 2 }),
              Plot.text(
                cpu,
                Plot.selectMaxY({
                  x: "s",
                  y: "value",
                  z: "of",
                  text: "of",
                  textAnchor: "middle",
                  dy: -7,
                  fill: (point: Point) => (isServer(point) ? COLOURS.server : COLOURS.muted),
                }),
              ),
              Plot.ruleY([0]),
            ],
          },
        })
  }`;
}

/** Counts as they change; `connected` and `set out` only grow. */
function callsOverTime(events: readonly RunEvent[], seconds: (at: number) => number): Point[] {
  const changes: { at: number; of: string; by: number }[] = [];
  const begun = new Map<number, number>();
  for (const event of events) {
    if (event.type === "session_started") {
      begun.set(event.session, event.at);
      changes.push({ at: event.at, of: "set out", by: 1 }, { at: event.at, of: "under way", by: 1 });
    } else if (event.type === "session_finished") {
      changes.push({ at: event.at, of: "under way", by: -1 });
      const connect = event.timings.connect_time;
      const started = begun.get(event.session);
      if (connect !== null && started !== undefined) changes.push({ at: started + connect, of: "connected", by: 1 });
      if (event.outcome === "failed" || event.dropped) changes.push({ at: event.at, of: "failed or dropped", by: 1 });
    }
  }
  const counts = new Map<string, number>();
  const points: Point[] = [];
  for (const { at, of, by } of changes.sort((a, b) => a.at - b.at)) {
    const value = (counts.get(of) ?? 0) + by;
    counts.set(of, value);
    points.push({ s: seconds(at), value, of });
  }
  const end = Math.max(...points.map(({ s }) => s));
  return [...points, ...[...counts].map(([of, value]) => ({ s: end, value, of }))];
}

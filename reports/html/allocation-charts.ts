import * as Plot from "@observablehq/plot";
import type { EventOf, RunEvent } from "../../lab/model/events.ts";
import { addHistograms, histogramValues } from "../../lab/statistics/histogram.ts";
import { formatMs, formatRatio, plural } from "../render/format.ts";
import { COLOURS, drawChart } from "./chart.ts";
import { CONNECT_TARGET_MS } from "./connect-time-chart.ts";
import { distributionChart } from "./distribution-chart.ts";
import { html, type Markup, NOTHING_AT_ALL } from "./markup.ts";

type Stretch = EventOf<"allocations_measured">;
type Point = { s: number; value: number; of: string };

/** What raw TURN clients came to: how long an allocation took, and what became of the packets. Empty without a measure. */
export function allocationCharts(events: readonly RunEvent[], from: number): Markup {
  const stretches = events.filter((event) => event.type === "allocations_measured");
  if (stretches.length === 0) return NOTHING_AT_ALL;
  return html`${timeCharts(stretches)}${roundTripOverTime(stretches, from)}${lossOverTime(stretches, from)}`;
}

function timeCharts(stretches: readonly Stretch[]): Markup {
  const valuesOf = (of: (stretch: Stretch) => string | null) => {
    const all = addHistograms(stretches.map(of));
    return all === null ? [] : histogramValues(all);
  };
  const countOf = (values: readonly { times: number }[]) => values.reduce((sum, { times }) => sum + times, 0);
  const failed = stretches.reduce((sum, one) => sum + Object.values(one.failed).reduce((a, b) => a + b, 0), 0);
  const [connect, allocate, roundTrip] = [
    valuesOf((one) => one.connectTime),
    valuesOf((one) => one.allocateTime),
    valuesOf((one) => one.roundTrip),
  ];
  return html`${distributionChart({
    title: `Connect time of ${plural(countOf(connect), "client")}: from when it was due until its allocation is held`,
    ...{ what: "connect time", of: "iterations", values: connect, total: countOf(connect) + failed },
    targetMs: CONNECT_TARGET_MS,
  })}${distributionChart({
    title: `Allocate time of ${plural(countOf(allocate), "allocation")}: both round trips of Allocate`,
    ...{ what: "allocate time", of: "allocations", values: allocate, total: countOf(allocate) },
  })}${distributionChart({
    title: `Round trip of ${plural(countOf(roundTrip), "packet")}, from when each was due until it came back`,
    ...{ what: "round trip", of: "packets that came back", values: roundTrip, total: countOf(roundTrip) },
  })}`;
}

function roundTripOverTime(stretches: readonly Stretch[], from: number): Markup {
  const points = stretches.flatMap((one): Point[] => {
    const s = secondsOf(one, from);
    const values = one.roundTrip === null ? [] : histogramValues(one.roundTrip);
    return [
      ...(values.length === 0
        ? []
        : [
            { s, value: percentile(values, 0.5), of: "median round trip" },
            { s, value: percentile(values, 0.95), of: "p(95) round trip" },
          ]),
      ...(one.jitterMs === null ? [] : [{ s, value: one.jitterMs, of: "jitter (RFC 3550)" }]),
    ];
  });
  if (points.length === 0) return NOTHING_AT_ALL;
  const lines = [
    { label: "median round trip", colour: COLOURS.offered },
    { label: "p(95) round trip", colour: COLOURS.server },
    { label: "jitter (RFC 3550)", colour: COLOURS.other, isDashed: true },
  ];
  const most = points.reduce((max, { value }) => Math.max(max, value), 0);
  return drawChart({
    title: "Round trip and jitter over time",
    summary: `Round trip and jitter of each stretch over time; the largest is ${formatMs(most)} ms.`,
    legend: lines,
    options: {
      x: xOf(stretches, from),
      y: { label: "ms", grid: true, domain: [0, most * 1.05 || 1] },
      color: { domain: lines.map(({ label }) => label), range: lines.map(({ colour }) => colour) },
      marks: [
        ...lines.map(({ label, isDashed = false }) =>
          Plot.line(
            points.filter(({ of }) => of === label),
            { x: "s", y: "value", stroke: "of", strokeWidth: 1.75, ...(isDashed ? { strokeDasharray: "3 3" } : {}) },
          ),
        ),
        Plot.ruleY([0]),
      ],
    },
  });
}

function lossOverTime(stretches: readonly Stretch[], from: number): Markup {
  const points = stretches.flatMap((one): Point[] => {
    const s = secondsOf(one, from);
    const [settled, due] = [one.packetsReceived + one.packetsLost, one.packetsSent + one.packetsSkipped];
    return [
      ...(settled === 0 ? [] : [{ s, value: (100 * one.packetsLost) / settled, of: LOST }]),
      ...(due === 0 ? [] : [{ s, value: (100 * one.packetsSkipped) / due, of: SKIPPED }]),
    ];
  });
  if (points.length === 0) return NOTHING_AT_ALL;
  const most = points.reduce((max, { value }) => Math.max(max, value), 0);
  const lost = stretches.reduce((sum, one) => sum + one.packetsLost, 0);
  const settled = stretches.reduce((sum, one) => sum + one.packetsReceived + one.packetsLost, 0);
  return drawChart({
    title: `Packets lost: ${formatRatio(settled === 0 ? null : lost / settled, 3)}; a packet counts when it came back, or 2 s later`,
    summary: `Packets lost, and packets not sent in time by the generator, over time; ${lost} of ${settled} were lost.`,
    legend: [
      { label: LOST, colour: COLOURS.bad },
      { label: SKIPPED, colour: COLOURS.muted, isDashed: true },
    ],
    options: {
      x: xOf(stretches, from),
      y: { label: "packets (%)", grid: true, domain: [0, Math.max(1, most * 1.05)] },
      marks: [
        Plot.line(
          points.filter(({ of }) => of === SKIPPED),
          { x: "s", y: "value", stroke: COLOURS.muted, strokeDasharray: "3 3" },
        ),
        Plot.line(
          points.filter(({ of }) => of === LOST),
          { x: "s", y: "value", stroke: COLOURS.bad, strokeWidth: 2 },
        ),
        Plot.ruleY([0]),
      ],
    },
  });
}

const LOST = "lost";
const SKIPPED = "not sent in time: load not produced";

const secondsOf = ({ at }: Stretch, from: number) => (at - from) / 1_000;

function xOf(stretches: readonly Stretch[], from: number): Plot.ScaleOptions {
  const last = stretches.reduce((max, one) => Math.max(max, secondsOf(one, from)), 0.1);
  return { label: "seconds from the first client", domain: [0, last] };
}

function percentile(values: readonly { value: number; times: number }[], share: number): number {
  const count = values.reduce((sum, { times }) => sum + times, 0);
  let sum = 0;
  for (const { value, times } of values) {
    sum += times;
    if (sum >= share * count) return value;
  }
  return 0;
}

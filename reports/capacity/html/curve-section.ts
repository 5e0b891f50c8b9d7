import * as Plot from "@observablehq/plot";
import type { CapacityReport, CurvePoint } from "../../../lab/model/capacity-report.ts";
import { COLOURS, drawChart } from "../../html/chart.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "../../html/markup.ts";
import { section } from "../../html/page/section.ts";
import { formatDuration, formatRatio } from "../../render/format.ts";
import { CURVE_HEAD, curveRow, describeConfidence, describeConstraint, describeSize } from "../capacity-words.ts";
import { STATUS_WORDS } from "../model-words.ts";
import { isConfirmation, kneeRule, VERDICTS, verdictLegend } from "./hold-marks.ts";

/** What a search found, wherever in the report it stands. */
type Curve = Pick<CapacityReport, "curve" | "knee" | "size"> & Pick<CapacityReport, "limits" | "harness">;

export function curveSection(report: CapacityReport): Markup {
  if (report.curve.length === 0) return section("curve", "The curve", html`<p>Nothing was held.</p>`);
  return section("curve", "The curve", curveCharts(report), curveTable(report.curve, "Every load that was held"));
}

/** Other sizes and transports that were measured, in folds. */
export function otherCurves({ others, limits, harness }: CapacityReport): Markup {
  return section(
    "others",
    "Also measured",
    html`${others.map((other) => {
      const calls = other.knee.calls ?? (other.knee.atLeast === null ? "none" : `at least ${other.knee.atLeast}`);
      return fold(
        `${other.name}: ${calls} calls, ${STATUS_WORDS[other.status]}`,
        html`${list([...describeConfidence(other), ...describeConstraint(other)])}${
          other.curve.length === 0 ? NOTHING_AT_ALL : curveCharts({ ...other, limits, harness })
        }${curveTable(other.curve, `Every load that was held with ${other.name}`)}`,
      );
    })}`,
  );
}

function curveTable(curve: readonly CurvePoint[], caption: string): Markup {
  return fold(
    `${caption} (${curve.length})`,
    table(
      caption,
      [
        ...CURVE_HEAD.slice(0, -1).map((title) => ({ title, isFigure: true })),
        { title: "held for", isFigure: true },
        { title: "generator", isFigure: true },
        { title: "what came of it" },
      ],
      curve.map((point) => [
        ...curveRow(point).slice(0, -1),
        `${formatDuration(point.durationMs)}${isConfirmation(point) ? `, ${point.purpose}` : ""}`,
        `${Math.round(point.generator.cpuPercent)} %`,
        curveRow(point).at(-1) ?? "",
      ]),
    ),
  );
}

/** Times the limit. */
const OFF_SCALE = 4;

type Measure = {
  title: string;
  label: string;
  of: (point: CurvePoint) => number | null;
  /** What carries has to stay within it. */
  limit: { at: number; says: string } | null;
  most?: number;
};

/** Against the same axis of calls: what has to stay within its limit, then what it cost the server. */
function curveCharts(curve: Curve): Markup {
  const { limits, size, harness } = curve;
  const cores = size.cpus ?? harness.cpus;
  const measures: Measure[] = [
    {
      title: "Success: calls that stood, of those asked for",
      label: "calls that stood (%)",
      of: ({ calls, held }) => (calls === 0 ? null : (100 * held) / calls),
      limit: { at: 100 * limits.successRate, says: `at least ${formatRatio(limits.successRate, 2)}` },
    },
    {
      title: "Connect time p(95) of calls that arrived",
      label: "connect time (ms)",
      of: ({ connectTime }) => connectTime["p(95)"],
      limit: { at: limits.connectTimeP95Ms, says: `limit ${limits.connectTimeP95Ms} ms` },
    },
    {
      title: "Packet loss",
      label: "lost packets (%)",
      of: ({ packetsSent, packetsLost }) => (packetsSent === 0 ? null : (100 * packetsLost) / packetsSent),
      limit: { at: 100 * limits.packetLoss, says: `limit ${formatRatio(limits.packetLoss, 2)}` },
    },
    {
      title: "Delay: round trip p(95) through the server",
      label: "round trip (ms)",
      of: ({ roundTrip }) => roundTrip["p(95)"],
      limit: { at: limits.roundTripP95Ms, says: `limit ${limits.roundTripP95Ms} ms` },
    },
    {
      title: `Server CPU, of the ${cores === 1 ? "core" : `${cores} cores`} that it may use (${describeSize(size)})`,
      label: "CPU (%)",
      of: ({ server }) => (server.cpuPercent === null ? null : server.cpuPercent / cores),
      limit: null,
      most: 100,
    },
  ];
  return html`${measures.map((measure, index) => curveChart(curve, measure, index === 0))}`;
}

function curveChart(
  { curve, knee }: Curve,
  { title, label, of, limit, most = 0 }: Measure,
  hasLegend: boolean,
): Markup {
  const points = curve.flatMap((point) => {
    const value = of(point);
    return value === null ? [] : [{ ...point, value }];
  });
  if (points.length === 0) return NOTHING_AT_ALL;
  const isShare = label.includes("stood");
  const values = points.map(({ value }) => value);
  const [low, highest] = [Math.min(...values), Math.max(...values, limit?.at ?? 0, most)];
  // What is far beyond its limit would press all else, the knee too, onto the axis.
  const high = limit && !isShare ? Math.min(highest, OFF_SCALE * limit.at) : highest;
  const floor = isShare ? Math.min(low, limit?.at ?? low) - 1 : 0;
  const means = [...Map.groupBy(points, ({ calls }) => calls)].map(([calls, own]) => ({
    calls,
    value: own.reduce((sum, point) => sum + point.value, 0) / own.length,
  }));
  const drawn = points.map((point) => ({ ...point, shown: Math.min(point.value, high) }));
  const beyond = drawn.filter(({ value }) => value > high);
  const top = isShare ? 100.5 : (high || 1) * (beyond.length > 0 ? 1.2 : 1.08);
  const last = Math.max(...curve.map(({ calls }) => calls));
  const beside = knee.calls === null ? null : means.filter(({ calls }) => calls <= (knee.calls ?? 0)).at(-1);
  return drawChart({
    title,
    summary: `${title}, against calls at once: from ${low.toFixed(1)} to ${Math.max(...values).toFixed(1)}${limit ? `; ${limit.says}` : ""}${beside ? `; ${beside.value.toFixed(1)} at the knee of ${knee.calls} calls` : ""}.`,
    legend: hasLegend
      ? [
          ...verdictLegend(points),
          ...(points.some(isConfirmation)
            ? [{ label: "ringed: held longer, to confirm", colour: COLOURS.offered }]
            : []),
        ]
      : [],
    options: {
      height: 190,
      x: { label: "calls at once", domain: [0, last * 1.04] },
      y: { label, domain: [floor, top], grid: true, nice: false },
      marks: [
        ...(limit
          ? [
              Plot.ruleY([limit.at], { stroke: COLOURS.target, strokeDasharray: "4 3" }),
              Plot.text([{ x: 0, y: limit.at }], {
                x: "x",
                y: "y",
                text: () => limit.says,
                textAnchor: "start",
                dx: 4,
                dy: isShare ? 9 : -7,
                fill: COLOURS.target,
              }),
            ]
          : []),
        Plot.line(means, {
          x: "calls",
          y: ({ value }: { value: number }) => Math.min(value, high),
          stroke: COLOURS.muted,
        }),
        ...kneeRule(knee.calls, isShare ? floor + (top - floor) * 0.12 : top * 0.93),
        Plot.dot(drawn.filter(isConfirmation), { x: "calls", y: "shown", r: 8, stroke: COLOURS.offered }),
        Plot.text(beyond, {
          x: "calls",
          y: "shown",
          text: ({ value }: { value: number }) => `↑ ${value < 100 ? value.toPrecision(2) : Math.round(value)}`,
          dy: -10,
          fill: COLOURS.bad,
        }),
        Plot.dot(drawn, {
          x: "calls",
          y: "shown",
          r: 4,
          symbol: (point: CurvePoint) => VERDICTS[point.verdict].symbol,
          stroke: (point: CurvePoint) => VERDICTS[point.verdict].colour,
          fill: (point: CurvePoint) => VERDICTS[point.verdict].colour,
          strokeWidth: 2,
        }),
        Plot.ruleY([floor]),
      ],
    },
  });
}

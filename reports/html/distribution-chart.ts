import * as Plot from "@observablehq/plot";
import { formatMs } from "../render/format.ts";
import { COLOURS, drawChart } from "./chart.ts";
import { type Markup, NOTHING_AT_ALL } from "./markup.ts";

/** A value in ms, and how often it was measured; ascending. */
export type Measured = { value: number; times: number };

export type Distribution = {
  title: string;
  /** What was measured, for the sentence and the axis: `connect time`. */
  what: string;
  /** What was counted, in the plural: `calls`. */
  of: string;
  values: readonly Measured[];
  /** Of how many: those without a value are in the share, and in no bar. */
  total: number;
  targetMs?: number;
};

const BARS = 40;

/** How many came to which time, and what share had by then. A percentile hides two humps; this does not. */
export function distributionChart({ title, what, of, values, total, targetMs = 0 }: Distribution): Markup {
  const longest = values.at(-1)?.value;
  if (longest === undefined) return NOTHING_AT_ALL;
  const count = values.reduce((sum, { times }) => sum + times, 0);
  const never = total - count;
  const isNear = targetMs > 0 && longest > targetMs * 0.6;
  const end = (isNear ? Math.max(longest, targetMs) : longest) || 1;
  const beyond = targetMs > 0 && !isNear ? `; the target of ${formatMs(targetMs)} ms lies far to the right` : "";
  let sum = 0;
  const share = values.map(({ value, times }) => {
    sum += times;
    return { value, share: (100 * sum) / total };
  });
  const median = share.find((point) => (point.share * total) / 100 >= count / 2)?.value ?? longest;
  return drawChart({
    title: `${title}${never > 0 ? `; ${never} came to none` : ""}${beyond}`,
    summary:
      `Distribution of ${what}: median ${formatMs(median)} ms, longest ${formatMs(longest)} ms, ` +
      `${never} of ${total} came to none.`,
    options: {
      x: { label: `${what} (ms)`, domain: [0, end * 1.02], grid: false },
      y: { label: `share of ${of} (%)`, domain: [0, 100], grid: true },
      marks: [
        Plot.rectY(barsOf(values, end * 1.02, total), {
          ...{ x1: "from", x2: "to", y: "share", insetRight: 1 },
          ...{ fill: COLOURS.offered, fillOpacity: 0.35 },
        }),
        Plot.line([{ value: 0, share: 0 }, ...thin(share), { value: end * 1.02, share: (100 * count) / total }], {
          ...{ x: "value", y: "share", curve: "step-after" as const },
          ...{ stroke: COLOURS.offered, strokeWidth: 2 },
        }),
        ...(targetMs > 0 ? targetMarks(targetMs, end) : []),
        Plot.ruleY([0]),
      ],
    },
  });
}

function targetMarks(targetMs: number, end: number): Plot.Markish[] {
  const line = { stroke: COLOURS.target, strokeDasharray: "4 3" };
  const text = { x: "x", y: "y", textAnchor: "end" as const, fill: COLOURS.target };
  return [
    Plot.ruleY([95], line),
    Plot.text([{ x: end * 1.02, y: 95 }], { ...text, text: () => "95 %", dy: -6 }),
    ...(end < targetMs
      ? []
      : [
          Plot.ruleX([targetMs], line),
          Plot.text([{ x: targetMs, y: 4 }], { ...text, text: () => `target ${targetMs / 1_000} s`, dx: -4 }),
        ]),
  ];
}

function barsOf(values: readonly Measured[], end: number, total: number) {
  const width = end / BARS;
  const counts = new Map<number, number>();
  for (const { value, times } of values) {
    const bar = Math.min(BARS - 1, Math.floor(value / width));
    counts.set(bar, (counts.get(bar) ?? 0) + times);
  }
  return [...counts].map(([bar, times]) => ({
    from: bar * width,
    to: (bar + 1) * width,
    share: (100 * times) / total,
  }));
}

/** A step that is less than a pixel is not seen; the last one is where the share ends. */
function thin<T extends { share: number }>(points: readonly T[]): T[] {
  let drawn = Number.NEGATIVE_INFINITY;
  return points.filter(({ share }, index) => {
    if (share - drawn < 0.4 && index < points.length - 1) return false;
    drawn = share;
    return true;
  });
}

import * as Plot from "@observablehq/plot";
import type { CellCourse, CellResult, CellTally, GateEvidence, GateReport } from "../../../lab/model/gate.ts";
import { COLOURS, drawChart } from "../../html/chart.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "../../html/markup.ts";
import { formatMs, formatRatio, NOTHING, plural } from "../../render/format.ts";
import { describeCellVerdict, describeFailures, hasCalled } from "../gate-words.ts";
import { cellAnchor, intervalOf } from "./cell-matrix.ts";

/** Each kind of calls in a fold: who it is, what came of it on both sides, and how the test came to its decision. */
export function cellSections(report: GateReport, { courses }: GateEvidence): Markup {
  if (!hasCalled(report)) return NOTHING_AT_ALL;
  const { limits } = report.profile;
  return html`<h3>Each kind of calls</h3>${report.cells.map((cell, index) =>
    fold(
      html`${cell.id} <span class="status ${cell.verdict}">${describeCellVerdict(cell)}</span>`,
      html`<div id="${cellAnchor(index)}">${cellContent(cell, courses.find((course) => course.cell === cell.id) ?? null, limits.successRate)}</div>`,
      cell.verdict === "failed",
    ),
  )}`;
}

function cellContent(
  cell: CellResult,
  course: CellCourse | null,
  rates: GateReport["profile"]["limits"]["successRate"],
): Markup {
  const sides: [string, CellTally][] = [
    ["candidate", cell.candidate],
    ...(cell.baseline ? [["baseline", cell.baseline] as [string, CellTally]] : []),
  ];
  return html`<p>${cell.who}; ${cell.far === "relayed" ? "both ends relayed" : "the near end relayed"}${cell.username === undefined ? "" : `, as ${cell.username}`}.</p>${list(cell.urls.map((url) => html`<code>${url}</code>`))}${table(
    `What came of ${cell.id}`,
    [
      { title: "Side" },
      { title: "Good calls", isFigure: true },
      { title: "Of", isFigure: true },
      { title: "Rate", isFigure: true },
      { title: "95 % interval", isFigure: true },
      { title: "Connect time median, ms", isFigure: true },
      { title: "p(95), ms", isFigure: true },
      { title: "Failures" },
    ],
    sides.map(([side, tally]) => [
      side,
      tally.succeeded,
      tally.calls,
      formatRatio(tally.rate),
      intervalOf(tally),
      formatMs(tally.connectTime.med),
      formatMs(tally.connectTime["p(95)"]),
      describeFailures(tally) || NOTHING,
    ]),
  )}${course ? courseChart(course, rates) : NOTHING_AT_ALL}`;
}

const SIDE_COLOURS = { candidate: COLOURS.offered, baseline: COLOURS.server } as const;

/** Times the bound for bad: further down nothing is decided any more. */
const LOWEST = 3;

/** The sequential test's course: each good call lifts it a little, each bad one drops it by much. */
function courseChart({ cell, sides, goodAt, badAt }: CellCourse, { good, bad }: { good: number; bad: number }): Markup {
  const points = (["baseline", "candidate"] as const).flatMap((side) =>
    (sides[side] ?? []).map((value, index) => ({ side, n: index + 1, value: Math.max(value, badAt * LOWEST) })),
  );
  const most = Math.max(...points.map(({ n }) => n));
  const ends = (["candidate", "baseline"] as const).flatMap((side) => {
    const own = sides[side];
    return own ? [`${side} ${plural(own.length, "call")}, at ${own.at(-1)?.toFixed(1)}`] : [];
  });
  const lowest = Math.min(badAt, ...points.map(({ value }) => value));
  const isCut = Object.values(sides).some((course) => course.some((value) => value < badAt * LOWEST));
  const rule = (at: number, text: string, colour: string, dy: number) => [
    Plot.ruleY([at], { stroke: colour, strokeDasharray: "4 3" }),
    Plot.text([at], { x: most, y: (y: number) => y, text: () => text, textAnchor: "end", dy, fill: colour }),
  ];
  return drawChart({
    title: `Evidence after each call: ${formatRatio(good, 0)} good against ${formatRatio(bad, 0)}${isCut ? `; what lies below ${(badAt * LOWEST).toFixed(0)} is drawn there` : ""}`,
    summary: `The sequential test of ${cell}. Good from ${goodAt.toFixed(1)}, bad from ${badAt.toFixed(1)}: ${ends.join("; ")}.`,
    legend: (["candidate", "baseline"] as const)
      .filter((side) => sides[side])
      .map((side) => ({ label: side, colour: SIDE_COLOURS[side], isDashed: side === "baseline" })),
    options: {
      x: { label: "calls", domain: [0, most * 1.01] },
      y: { label: "log likelihood ratio", domain: [lowest * 1.15, goodAt * 1.4], grid: true },
      marks: [
        ...rule(goodAt, "good", COLOURS.good, -7),
        ...rule(badAt, "bad (candidate)", COLOURS.bad, 9),
        Plot.line(
          points.filter(({ side }) => side === "baseline"),
          { x: "n", y: "value", stroke: SIDE_COLOURS.baseline, strokeDasharray: "4 2", curve: "step-after" },
        ),
        Plot.line(
          points.filter(({ side }) => side === "candidate"),
          { x: "n", y: "value", stroke: SIDE_COLOURS.candidate, strokeWidth: 2, curve: "step-after" },
        ),
        Plot.ruleY([0]),
      ],
    },
  });
}

import { createColors } from "picocolors";
import { GATE_SIDES, type GateFinding, type GateReport, type GateStatus } from "../../lab/model/gate.ts";
import { columns, indent, wrap } from "../render/columns.ts";
import { formatDuration, oneLine, plural } from "../render/format.ts";
import type { Paint } from "../render/paint.ts";
import type { Screen } from "../render/terminal.ts";
import {
  countProbes,
  DIFFERENCE_HEAD,
  describeAlso,
  describeCellVerdict,
  describeFailures,
  describeGate,
  describeHit,
  describeLayers,
  describePlace,
  describeRepeat,
  describeRule,
  describeServer,
  describeTally,
  describeUncalled,
  differenceRow,
  explainDifferences,
  hasCalled,
  sortFindings,
} from "./gate-words.ts";

const MARKS: Record<GateStatus, string> = { passed: "✓", failed: "✗", undecided: "?", errored: "!", interrupted: "-" };

/** The verdict first, then what fails and how to mend it; then all that it stands on. */
export function renderGateTerminal(report: GateReport, screen: Screen): string {
  const paint = createColors(screen.color);
  const width = Math.min(Math.max(screen.width, 60), 120);
  const { fails, already_there, noted } = sortFindings(report);
  const lines = [
    ...verdict(report, paint, width),
    ...section(
      "what fails",
      fails.flatMap((finding) => findingLines(finding, paint.red("✗"), paint, width)),
      paint,
    ),
    ...section(
      "already there",
      already_there.flatMap((finding) => findingLines(finding, "·", paint, width)),
      paint,
    ),
    ...section(
      "noted",
      noted.flatMap((finding) => findingLines(finding, "·", paint, width)),
      paint,
    ),
    ...section("calls", cellLines(report, paint), paint),
    ...section("differences", differenceLines(report, paint), paint),
    ...section("probes", probeLines(report), paint),
    ...section(
      "notes",
      report.notes.flatMap((note) => item("·", note, width)),
      paint,
    ),
    ...section("this gate", aboutLines(report, width), paint),
  ];
  return `${lines.join("\n")}\n`;
}

function verdict(report: GateReport, paint: Paint, width: number): string[] {
  const { status } = report;
  const color =
    status === "passed" ? paint.green : status === "failed" || status === "errored" ? paint.red : paint.yellow;
  const [first = "", ...rest] = wrap(`${MARKS[status]} ${describeGate(report)}`, width);
  return [first, ...indent(rest, 2)].map((line) => paint.bold(color(line)));
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ["", paint.bold(title), ...indent(lines, 2)];
}

/** A mark, and text that hangs below itself. */
function item(mark: string, text: string, width: number): string[] {
  const [first = "", ...rest] = wrap(oneLine(text), width - 4);
  return [`${mark} ${first}`, ...indent(rest, 2)];
}

function findingLines(finding: GateFinding, mark: string, paint: Paint, width: number): string[] {
  const { reason, fix, evidence, also } = finding;
  const more = (label: string, text: string) => {
    const [first = "", ...rest] = wrap(`${label}: ${oneLine(text)}`, width - 6);
    return [first, ...indent(rest, label.length + 2)];
  };
  return [
    ...item(mark, describeHit(finding), width),
    ...indent(
      [
        `${paint.cyan(describePlace(finding))}  ${paint.dim(describeRule(finding))}`,
        ...more("why", reason),
        ...fixLines(fix, more),
        ...evidence.flatMap((seen) => more("seen", seen)),
        ...also.flatMap((told) => more("also", describeAlso(told, finding))),
      ],
      2,
    ),
  ];
}

/** Lines of a turnserver.conf stay lines. */
function fixLines(fix: string | null, more: (label: string, text: string) => string[]): string[] {
  const [first, ...rest] = fix?.split("\n") ?? [];
  const label = "to change";
  return [...(first === undefined ? [] : more(label, first)), ...indent(rest.map(oneLine), label.length + 2)];
}

function cellLines(report: GateReport, paint: Paint): string[] {
  if (!hasCalled(report)) return [describeUncalled(report)].filter((line) => line !== "");
  const color = { passed: paint.green, failed: paint.red, already_there: paint.yellow, undecided: paint.yellow };
  return columns(
    [
      ["network", "candidate", "baseline", "verdict", ""].map((title) => paint.dim(title)),
      ...report.cells.map((cell) => [
        oneLine(cell.id),
        describeTally(cell.candidate),
        describeTally(cell.baseline),
        color[cell.verdict](describeCellVerdict(cell)),
        describeFailures(cell.candidate),
      ]),
    ],
    ["left", "right", "right", "left", "left"],
  );
}

function differenceLines(report: GateReport, paint: Paint): string[] {
  const { differences } = report;
  if (differences.length === 0 || !hasCalled(report)) return [];
  const color = (index: number) => (differences[index]?.verdict === "worse" ? paint.red : (text: string) => text);
  const table = columns(
    [
      DIFFERENCE_HEAD.map((title) => paint.dim(title === "difference" ? "" : title)),
      ...differences.map((difference, index) => {
        const row = differenceRow(difference);
        return row.map((cell, column) => (column === row.length - 1 ? color(index)(cell) : cell));
      }),
    ],
    ["left", "right", "right", "right", "left", "right", "left"],
  );
  return [...table, paint.dim(explainDifferences(report))];
}

/** How many were answered how; what is weak stands among the findings. */
function probeLines({ probes }: GateReport): string[] {
  return GATE_SIDES.flatMap((side) => {
    const counted = countProbes(probes[side]);
    return counted === "" ? [] : [`${side}: ${counted}`];
  });
}

function aboutLines(report: GateReport, width: number): string[] {
  const { candidate, baseline, harness, runId, startedAt, durationMs } = report;
  const took = durationMs === null ? "" : `; ${formatDuration(durationMs)} in all`;
  return (
    [
      describeServer("candidate", candidate),
      ...(baseline ? [describeServer("baseline", baseline)] : []),
      `${describeLayers(report)}${took}`,
      `turnlab ${harness.turnlab}, Node ${harness.node}, ${plural(harness.cpus, "CPU")}; run ${runId}, ${startedAt}`,
      "to repeat, with --profile, --set and the rest as they were:",
    ]
      .flatMap((line) => wrap(oneLine(line), width - 2))
      // A command that is broken into lines is none.
      .concat(oneLine(describeRepeat(report)))
  );
}

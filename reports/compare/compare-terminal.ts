import { createColors } from "picocolors";
import { columns, indent, wrap } from "../render/columns.ts";
import { oneLine } from "../render/format.ts";
import type { Paint } from "../render/paint.ts";
import type { Screen } from "../render/terminal.ts";
import {
  cellsWord,
  describeComparison,
  describeRun,
  figureRow,
  setupRow,
  statusMark,
  statusWord,
  verdictLines,
} from "./compare-words.ts";
import type { Comparison, Figure, RunComparison, ScenarioComparison } from "./comparison.ts";

/** Runs of whose figures all are told; of more only what was shown to differ. */
const FEW_RUNS = 3;

/** Each run with what it was made with otherwise and its figures; the sentences that sum it up come last. */
export function renderCompareTerminal(comparison: Comparison, screen: Screen): string {
  const paint = createColors(screen.color);
  const width = Math.min(Math.max(screen.width, 60), 120);
  const { baseline, runs, comparisons, skipped, notes } = comparison;
  const isShort = runs.length > FEW_RUNS;
  const paragraph = (said: string, by = 2) => indent(wrap(oneLine(said), width - by), by);
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [paint.bold(title), ...lines, ""];
  const lines = [
    ...section(
      "runs",
      runs.map(describeRun).flatMap((said) => paragraph(said)),
    ),
    ...comparisons.flatMap((one) => runLines(one, { paint, width, isShort })),
    ...section(
      "left out",
      skipped.flatMap(({ run, reason }) => paragraph(`${run}: ${reason}`)),
    ),
    ...section(
      "what these figures are",
      notes.flatMap((note) => paragraph(note)),
    ),
    ...comparisons.flatMap((one) => wrap(oneLine(describeComparison(one, baseline)), width).map(paint.bold)),
  ];
  return `${lines.join("\n")}\n`;
}

type Look = { paint: Paint; width: number; isShort: boolean };

function runLines({ run, setup, scenarios, onlyBefore, onlyAfter }: RunComparison, look: Look): string[] {
  const { paint, width } = look;
  const changes = setup.flatMap((change) => {
    const [what = "", of = "", before = "", after = ""] = setupRow(change).map(oneLine);
    return indent(wrap(`${what} (${of}): ${before} → ${after}`, width - 4), 4);
  });
  const only = [
    ...(onlyBefore.length > 0 ? [`only in the reference: ${onlyBefore.join(", ")}`] : []),
    ...(onlyAfter.length > 0 ? [`only in this run: ${onlyAfter.join(", ")}`] : []),
  ];
  return [
    paint.bold(oneLine(run)),
    ...(changes.length === 0
      ? ["  made with the same versions and settings, as far as is told"]
      : ["  made with otherwise", ...changes]),
    ...only.flatMap((said) => indent(wrap(oneLine(said), width - 2), 2)),
    ...scenarios.flatMap((scenario) => scenarioLines(scenario, look)),
    "",
  ];
}

function scenarioLines(scenario: ScenarioComparison, { paint, width, isShort }: Look): string[] {
  const { name, status, figures } = scenario;
  const shown = isShort ? figures.filter(({ verdict }) => verdict === "higher" || verdict === "lower") : figures;
  const cells = cellsWord(scenario);
  const said = [...verdictLines(scenario), ...(cells ? [cells] : [])];
  if (isShort && shown.length === 0 && said.length === 0) return [];
  const table = columns(
    [
      ["", "before", "after", "difference", "95 % interval"].map((title) => paint.dim(title)),
      ...shown.map((figure) => figureRow(figure).slice(0, 5).map(oneLine)),
    ],
    ["left", "right", "right", "right", "right"],
  );
  return [
    `  ${statusMark(status.after)} ${paint.bold(oneLine(name))}  ${statusWord(status.after)}`,
    ...said.flatMap((line) => indent(wrap(line, width - 6), 6)),
    ...(shown.length === 0
      ? []
      : indent(
          [
            table[0] ?? "",
            // The verdict under its figure: beside it there is no room for a sentence.
            ...shown.flatMap((figure, index) => [
              table[index + 1] ?? "",
              ...indent(wrap(oneLine(figureRow(figure)[5] ?? ""), width - 8).map(paintVerdict(figure, paint)), 2),
            ]),
          ],
          6,
        )),
  ];
}

function paintVerdict({ meaning }: Figure, paint: Paint): (line: string) => string {
  return meaning === "worse" ? paint.red : meaning === "better" ? paint.green : paint.dim;
}

import type { CellOutcome, GridCell } from "../../lab/model/grid.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { columns, indent, wrap } from "./columns.ts";
import { oneLine } from "./format.ts";
import {
  describeAxes,
  describeFailedCell,
  explainedCells,
  failedCells,
  type GridTable,
  gridTables,
  hasOutcome,
  isSquare,
} from "./grid-layout.ts";
import type { Paint } from "./paint.ts";

/** One character for each outcome, where words do not fit. */
const LETTERS: Record<CellOutcome, string> = { local: "L", direct: "D", relayed: "R", none: "-" };
/** Behind what a cell came to when that is not what it must. */
const FAILED = "!";
/** Behind what it came to when that is what its engine is known to do instead. */
const EXPLAINED = "*";
const MISSING = "?";

type Section = { name: string; lines: string[] };

/** A grid as sections: its tables, what went wrong, and what its networks are. None where the scenario is no grid. */
export function gridSections({ cells, legend }: ScenarioSummary, paint: Paint, width: number): Section[] {
  if (!cells || !hasOutcome(cells)) return [];
  return [
    ...gridTables(cells).map((table) => ({
      name: oneLine(table.name),
      lines: tableLines(table, describeAxes(table, legend ?? []), paint, width),
    })),
    { name: "cells that are not as computed", lines: failureLines(cells, paint, width) },
    { name: "cells otherwise, as explained", lines: explainedLines(cells, paint, width) },
    { name: "networks", lines: legendLines(legend ?? [], paint, width) },
  ];
}

/** `numbers` stand before the rows where they are the columns' heads. */
type Style = { heads: string[]; numbers: string[]; word: (outcome: CellOutcome) => string; key: string[] };

/** Cells and column heads in words where these fit into the width, else in letters and numbers with a key. */
function tableLines(table: GridTable, axes: string, paint: Paint, width: number): string[] {
  const words: Style = { heads: table.columns.map(oneLine), numbers: [], word: (outcome) => outcome, key: [] };
  const plain = (_cell: GridCell, text: string) => text;
  const fits = draw(table, words, plain).every((line) => line.length <= width);
  const style = fits ? words : shortStyle(table);
  const lines = draw(table, { ...style, heads: style.heads.map((head) => paint.dim(head)) }, (cell, text) =>
    paintCell(cell, paint)(text),
  );
  return [...lines, ...keyOf(table, style, axes).flatMap((entries) => wrapEntries(entries, width).map(paint.dim))];
}

function draw({ rows, columns: names, at }: GridTable, style: Style, tint: (cell: GridCell, text: string) => string) {
  const numbered = style.numbers.length > 0;
  const body = rows.map((row, index) => [
    ...(numbered ? [style.numbers[index] ?? ""] : []),
    oneLine(row),
    ...names.map((column) => {
      const cell = at(row, column);
      return cell ? tint(cell, cellText(cell, style)) : "";
    }),
  ]);
  const align = ["left" as const, ...names.map(() => "left" as const)];
  const head = [...(numbered ? [""] : []), "", ...style.heads];
  return columns([head, ...body], numbered ? ["right", ...align] : align);
}

/** Columns by number; where the rows are the same, the rows say whose number it is. */
function shortStyle(table: GridTable): Style {
  const heads = table.columns.map((_, index) => String(index + 1));
  const word = (outcome: CellOutcome) => LETTERS[outcome];
  if (isSquare(table)) return { heads, numbers: heads, word, key: [] };
  const names = table.columns.map((name, index) => `${index + 1} ${oneLine(name)}`);
  return { heads, numbers: [], word, key: names.map((name, index) => (index === 0 ? `columns: ${name}` : name)) };
}

function cellText({ observed, status }: GridCell, { word }: Style): string {
  if (status === "no_data" || observed === null) return MISSING;
  return `${word(observed)}${status === "failed" ? FAILED : status === "explained" ? EXPLAINED : ""}`;
}

function paintCell({ status, observed }: GridCell, paint: Paint): (text: string) => string {
  if (status === "failed") return (text) => paint.bold(paint.red(text));
  if (status === "explained") return paint.magenta;
  if (status === "no_data") return paint.yellow;
  return observed === "none" ? paint.dim : paint.green;
}

/** Breaks a list at its semicolons alone. */
function wrapEntries(entries: readonly string[], width: number): string[] {
  const unbroken = entries.map((entry) => entry.replaceAll(" ", "\u00a0"));
  return wrap(unbroken.join("; "), width).map((line) => line.replaceAll("\u00a0", " "));
}

/** Only what the table shows, its columns in lines of their own. */
function keyOf({ rows, columns: names, at }: GridTable, style: Style, axes: string): string[][] {
  const cells = rows.flatMap((row) => names.flatMap((column) => at(row, column) ?? []));
  const used = (Object.keys(LETTERS) as CellOutcome[]).filter((outcome) =>
    cells.some(({ observed }) => observed === outcome),
  );
  const letters = used
    .filter((outcome) => style.word(outcome) !== outcome)
    .map((outcome) => `${LETTERS[outcome]} ${outcome}`);
  const signs = [
    axes,
    ...letters,
    ...(cells.some(({ status }) => status === "failed") ? [`${FAILED} not as computed`] : []),
    ...(cells.some(({ status }) => status === "explained") ? [`${EXPLAINED} otherwise, as explained`] : []),
    ...(cells.some(({ status }) => status === "no_data") ? [`${MISSING} no call`] : []),
  ];
  return style.key.length === 0 ? [signs] : [style.key, signs];
}

function failureLines(cells: readonly GridCell[], paint: Paint, width: number): string[] {
  return failedCells(cells).flatMap((cell) => [
    ...wrap(oneLine(describeFailedCell(cell)), width).map(paint.red),
    ...indent(wrap(oneLine(`session ${cell.session}: ${cell.reason ?? ""}`), width - 2).map(paint.dim), 2),
  ]);
}

function explainedLines(cells: readonly GridCell[], paint: Paint, width: number): string[] {
  return explainedCells(cells).flatMap(({ reason, cells: own }) => [
    ...wrap(oneLine(reason), width),
    ...indent(own.flatMap((cell) => wrap(oneLine(cell), width - 2)).map(paint.dim), 2),
  ]);
}

function legendLines(legend: NonNullable<ScenarioSummary["legend"]>, paint: Paint, width: number): string[] {
  const indentBy = Math.min(20, Math.max(...legend.map(({ label }) => label.length), 0) + 2);
  return legend.flatMap(({ label, description }) => {
    const lines = wrap(oneLine(description), width - indentBy);
    const name = oneLine(label);
    if (name.length + 2 > indentBy) return [name, ...indent(lines.map(paint.dim), indentBy)];
    return lines.map((line, index) => `${(index === 0 ? name : "").padEnd(indentBy)}${paint.dim(line)}`);
  });
}

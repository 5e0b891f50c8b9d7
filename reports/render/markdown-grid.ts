import type { GridCell } from "../../lab/model/grid.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { oneLine } from "./format.ts";
import { describeFailedCell, failedCells, gridTables } from "./grid-layout.ts";
import { code, escapeText, table } from "./markdown-text.ts";

/** A grid as blocks: its tables, what went wrong, and what its networks are. None where the scenario is no grid. */
export function gridBlocks({ cells, legend }: ScenarioSummary): string[] {
  if (!cells) return [];
  const text = (label: string) => escapeText(oneLine(label));
  const tables = gridTables(cells).flatMap(({ name, rows, columns, at }) => [
    `**${text(name)}**`,
    table(
      ["", ...columns.map(text)],
      ["left", ...columns.map(() => "left" as const)],
      rows.map((row) => [text(row), ...columns.map((column) => cellText(at(row, column)))]),
    ),
  ]);
  const failures = failedCells(cells).map(
    (cell) => `- ${text(describeFailedCell(cell))} (session ${cell.session}): ${code(oneLine(cell.reason ?? ""))}`,
  );
  return [
    ...tables,
    failures.length === 0 ? "" : ["**Cells that are not as computed**", "", ...failures].join("\n"),
    table(
      ["Network", "What it is"],
      ["left", "left"],
      (legend ?? []).map(({ label, description }) => [text(label), text(description)]),
    ),
  ];
}

function cellText(cell: GridCell | undefined): string {
  if (!cell) return "";
  if (cell.status === "no_data" || cell.observed === null) return "❔ no call";
  return cell.status === "failed" ? `❌ **${cell.observed}** (expected ${cell.expected})` : cell.observed;
}

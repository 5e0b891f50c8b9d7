import type { GridCell } from "../../lab/model/grid.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { oneLine } from "./format.ts";
import {
  describeAxes,
  describeFailedCell,
  explainedCells,
  failedCells,
  gridTables,
  hasOutcome,
} from "./grid-layout.ts";
import { code, escapeText, table } from "./markdown-text.ts";

/** A grid as blocks: its tables, what went wrong, and what its networks are. None where the scenario is no grid. */
export function gridBlocks({ cells, legend }: ScenarioSummary): string[] {
  if (!cells || !hasOutcome(cells)) return [];
  const text = (label: string) => escapeText(oneLine(label));
  const tables = gridTables(cells).flatMap((grid) => [
    `**${text(grid.name)}** (${describeAxes(grid, legend ?? [])})`,
    table(
      ["", ...grid.columns.map(text)],
      ["left", ...grid.columns.map(() => "left" as const)],
      grid.rows.map((row) => [text(row), ...grid.columns.map((column) => cellText(grid.at(row, column)))]),
    ),
  ]);
  const failures = failedCells(cells).map(
    (cell) => `- ${text(describeFailedCell(cell))} (session ${cell.session}): ${code(oneLine(cell.reason ?? ""))}`,
  );
  const explained = explainedCells(cells).flatMap(({ reason, cells: own }) => [
    `- ${text(reason)}`,
    ...own.map((cell) => `  - ${text(cell)}`),
  ]);
  return [
    ...tables,
    failures.length === 0 ? "" : ["**Cells that are not as computed**", "", ...failures].join("\n"),
    explained.length === 0 ? "" : ["**Cells otherwise, as explained**", "", ...explained].join("\n"),
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
  if (cell.status === "explained") return `⚠️ ${cell.observed} (computed ${cell.expected})`;
  return cell.status === "failed" ? `❌ **${cell.observed}** (expected ${cell.expected})` : cell.observed;
}

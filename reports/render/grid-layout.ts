import type { GridCell } from "../../lab/model/grid.ts";

/** One table of a grid, rows and columns in the order of its cells. */
export type GridTable = {
  name: string;
  rows: string[];
  columns: string[];
  /** Undefined where the grid has no such cell. */
  at(row: string, column: string): GridCell | undefined;
};

/** A grid's cells, table by table. */
export function gridTables(cells: readonly GridCell[]): GridTable[] {
  return [...Map.groupBy(cells, ({ table }) => table)].map(([name, own]) => ({
    name,
    rows: [...new Set(own.map(({ row }) => row))],
    columns: [...new Set(own.map(({ column }) => column))],
    at: (row, column) => own.find((cell) => cell.row === row && cell.column === column),
  }));
}

/** Whether rows and columns are the same names, so that one numbering is enough for both. */
export function isSquare({ rows, columns }: GridTable): boolean {
  return rows.length === columns.length && rows.every((row, index) => row === columns[index]);
}

/**
 * Who calls whom: the columns are networks too where the legend says what they are, else they are something about the
 * row's call.
 */
export function describeAxes({ columns }: GridTable, legend: readonly { label: string }[]): string {
  const isNetwork = columns.every((column) => legend.some(({ label }) => label === column));
  return isNetwork ? "the row calls the column" : "the row is the caller";
}

/** Whether any call was made to its end: without one there is nothing to draw. */
export function hasOutcome(cells: readonly GridCell[]): boolean {
  return cells.some(({ observed }) => observed !== null);
}

export function failedCells(cells: readonly GridCell[]): GridCell[] {
  return cells.filter(({ status }) => status === "failed");
}

/** `STUN only: home × symmetric: expected none, came to relayed`. */
export function describeFailedCell({ table, row, column, expected, observed }: GridCell): string {
  const came =
    observed === expected
      ? `came to ${observed}, as expected, but not rightly`
      : `expected ${expected}, came to ${observed}`;
  return `${table}: ${row} × ${column}: ${came}`;
}

/** What engines are known to do otherwise and did, each explanation once with the cells that it explains. */
export function explainedCells(cells: readonly GridCell[]): { reason: string; cells: string[] }[] {
  const explained = cells.filter(({ status }) => status === "explained");
  return [...Map.groupBy(explained, ({ reason }) => reason ?? "")].map(([reason, own]) => ({
    reason,
    cells: own.map(
      ({ table, row, column, expected, observed }) => `${table}: ${row} × ${column}: ${observed} for ${expected}`,
    ),
  }));
}

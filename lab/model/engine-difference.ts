import { DEFAULT_PEER_ENGINE, type PeerEngine } from "./engine.ts";
import type { CellOutcome, CellPlace, GridCellSpec, GridScenario } from "./grid.ts";
import { ROLES } from "./scenario.ts";

/** Cells of a grid by their names; a list that is not given leaves the choice open. */
export type CellPattern = { tables?: string[]; rows?: string[]; columns?: string[] };

/**
 * What one engine is known to do otherwise than the networks' behaviours say (expected-path.ts). The computed outcome stays
 * what it is: this stands beside it, for the engine that it names and for no other.
 */
export type EngineDifference = {
  engine: PeerEngine;
  /** Each matches some cells; one of them is enough. */
  where: CellPattern[];
  /** What such a cell comes to instead. */
  comesTo: CellOutcome;
  /** In one sentence, what the stack does. */
  why: string;
  /** Where in the stack's source, or in which document of its makers, that can be read. */
  source: string;
};

/** What a cell is known to come to instead, and by whose doing. */
export type KnownOutcome = Pick<EngineDifference, "engine" | "comesTo" | "why" | "source">;

export function matchesCell({ where }: Pick<EngineDifference, "where">, { table, row, column }: CellPlace): boolean {
  return where.some(({ tables, rows, columns }) =>
    [
      [tables, table],
      [rows, row],
      [columns, column],
    ].every(([names, name]) => names === undefined || (typeof name === "string" && names.includes(name))),
  );
}

/** The engines at the two ends of a cell's call; one where they are the same. */
export function enginesOf({ peers }: Pick<GridScenario, "peers">, cell: GridCellSpec): PeerEngine[] {
  return [...new Set(ROLES.map((role) => peers[cell[role]]?.engine ?? DEFAULT_PEER_ENGINE))];
}

/** What the engines of a cell's call are known to make of it; null where nothing is known. */
export function knownOutcome(
  grid: Pick<GridScenario, "peers" | "differences">,
  cell: GridCellSpec,
): KnownOutcome | null {
  const engines = enginesOf(grid, cell);
  const own = grid.differences?.find((one) => engines.includes(one.engine) && matchesCell(one, cell));
  if (!own) return null;
  const { engine, comesTo, why, source } = own;
  return { engine, comesTo, why, source };
}

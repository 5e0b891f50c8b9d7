import { DEFAULT_PEER_ENGINE, type PeerEngine } from "./engine.ts";
import type { CellOutcome, CellPlace, GridCellSpec, GridScenario } from "./grid.ts";
import { ROLES } from "./scenario.ts";

/** Cells of a grid by their names, and by what was computed for them; a list that is not given leaves the choice open. */
export type CellPattern = { tables?: string[]; rows?: string[]; columns?: string[]; computed?: CellOutcome[] };

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
  /** Only now and then: in at most this share of those cells, from 0 to 1. Where it is in more of them, none is explained. */
  atMost?: number;
  /** In one sentence, what the stack does. */
  why: string;
  /** Where in the stack's source, or in which document of its makers, that can be read. */
  source: string;
};

/** What a cell is known to come to instead, and by whose doing. */
export type KnownOutcome = Pick<EngineDifference, "engine" | "comesTo" | "atMost" | "why" | "source">;

/** `expected`: what was computed for the cell; without it, any pattern of that is taken to fit. */
export function matchesCell(
  { where }: Pick<EngineDifference, "where">,
  { table, row, column, expected }: CellPlace & { expected?: CellOutcome },
): boolean {
  const fits = (names: readonly string[] | undefined, name: string | undefined) =>
    names === undefined || name === undefined || names.includes(name);
  return where.some(
    ({ tables, rows, columns, computed }) =>
      fits(tables, table) && fits(rows, row) && fits(columns, column) && fits(computed, expected),
  );
}

/** The engines at the two ends of a cell's call; one where they are the same. */
export function enginesOf({ peers }: Pick<GridScenario, "peers">, cell: GridCellSpec): PeerEngine[] {
  return [...new Set(ROLES.map((role) => peers[cell[role]]?.engine ?? DEFAULT_PEER_ENGINE))];
}

/** What the engines of a cell's call are known to make of it, where `expected` was computed; null where nothing is known. */
export function knownOutcome(
  grid: Pick<GridScenario, "peers" | "differences">,
  cell: GridCellSpec,
  expected: CellOutcome,
): KnownOutcome | null {
  const engines = enginesOf(grid, cell);
  const place = { ...cell, expected };
  const own = grid.differences?.find((one) => engines.includes(one.engine) && matchesCell(one, place));
  if (!own) return null;
  const { where: _, ...known } = own;
  return known;
}

import type { EngineDifference } from "./engine-difference.ts";
import type { Pair } from "./events.ts";
import type { CellOutcome, CellPlace, GridCell } from "./grid.ts";

/** What one engine came to in a cell. */
export type EngineCell = Pick<GridCell, "observed" | "status" | "reason" | "session"> & {
  pair: Pair | null;
  /** Of a call that connected. */
  connectTimeMs: number | null;
};

export type AgreementCell = CellPlace & {
  expected: CellOutcome;
  /**
   * `agreed`: all came to the same. `explained`: one or more came to what their engine is known to do, the rest to what was
   * computed. `unexplained`: they differ, and nothing says why. `no_data`: a call is missing.
   */
  verdict: "agreed" | "explained" | "unexplained" | "no_data";
  engines: Record<string, EngineCell>;
};

/** Over the cells in which all engines came to this: how long each took, in ms. Of `none`: until it gave the call up. */
export type AgreementTimes = { outcome: CellOutcome; cells: number; med: Record<string, number | null> };

/** One grid, run with several engines and held against itself. */
export type Agreement = {
  grid: string;
  /** By engine: the scenario that ran with it. */
  scenarios: Record<string, string>;
  cells: AgreementCell[];
  times: AgreementTimes[];
  /** Known differences of these engines that no cell shows any more. */
  unseen: EngineDifference[];
};

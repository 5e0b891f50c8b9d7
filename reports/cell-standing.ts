import type { SessionFinished } from "../lab/model/events.ts";
import type { CellOutcome, CellPlace, CellPlan, GridCell } from "../lab/model/grid.ts";

/** A cell's place as one word. */
export const keyOf = ({ table, row, column }: CellPlace) => JSON.stringify([table, row, column]);

/** Whether a cell's call came to what was computed for it, or to what its engine is known to do, and nothing else was wrong. */
export function standingOf(
  { expected, known }: Pick<CellPlan, "expected" | "known">,
  call: SessionFinished,
): Exclude<GridCell["status"], "no_data"> {
  if (call.violations.length > 0 || call.dropped) return "failed";
  const observed = cellOutcome(call);
  if (observed === expected) return "passed";
  return observed === known?.comesTo ? "explained" : "failed";
}

export function cellOutcome({ outcome, path }: SessionFinished): CellOutcome | null {
  return outcome === "connected" ? path : "none";
}

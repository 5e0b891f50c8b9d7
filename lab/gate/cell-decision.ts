import type { CellResult, GateSide } from "../model/gate.ts";

/** A cell that more calls may still decide. */
export function isOpen({ verdict }: Pick<CellResult, "verdict">): boolean {
  return verdict === "undecided";
}

/**
 * Whose calls an open cell still needs. The candidate's until it is decided; the baseline's beside them, round by round, since
 * only pairs tell which of the two is worse.
 */
export function sidesNeeded(result: CellResult): GateSide[] {
  if (!isOpen(result)) return [];
  return result.baseline === null ? ["candidate"] : ["candidate", "baseline"];
}

/** Cells that fail for good: nothing that comes can mend it. */
export function hasFailed({ verdict }: Pick<CellResult, "verdict">): boolean {
  return verdict === "failed";
}

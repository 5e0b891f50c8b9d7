import { nextLook } from "../gate/load-looks.ts";
import type { GateSide } from "../model/gate.ts";

/** Which calls a gate makes when: alternating sides, only cells that are still open. Pure. */

/** What is known of a cell so far; `isGood` of each call in the order in which they ended. */
export type Standing = {
  cell: string;
  candidate: readonly boolean[];
  /** Null: there is no baseline. */
  baseline: readonly boolean[] | null;
  /** `not_counted`: failed of what the profile lets fail. */
  verdict: "passed" | "failed" | "not_counted" | "already_there" | "undecided";
  /** Of the candidate's calls alone. */
  decision: "good" | "bad" | "undecided";
};

/** A baseline is there to be compared with: of a cell in which all of the candidate's calls are good it makes one for so many. */
const CANDIDATE_CALLS_PER_BASELINE_CALL = 3;
/** With fewer of its calls a candidate that never connects is not known to be worse (lab/statistics). */
const FIRST_BASELINE_CALLS = 6;
/** Of a cell that is bad in the candidate no more pairs are made than these: whatever they tell, they have told. */
const MAX_PAIRS = 200;

/** Calls of each cell in a turn: few in the first round and where something fails, so that what is certain is known soon. */
const PER_CELL = { soon: 8, further: 14 } as const;

/** The calls of a side's next turn. Where something fails, only what does is called again: nothing else matters then. */
export function nextTurn(standings: readonly Standing[], side: GateSide, round: number): string[] {
  if (!isFailing(standings)) return planTurn(standings, side, round === 1 ? PER_CELL.soon : PER_CELL.further);
  const failing = standings.filter(({ candidate }) => candidate.includes(false));
  return planTurn(failing, side, PER_CELL.soon);
}

/** Calls of one turn, by cell, each as often as it is to be made: side by side are calls of different cells. */
export function planTurn(standings: readonly Standing[], side: GateSide, perCell: number): string[] {
  const wanted = standings.map((standing) => [standing.cell, wantedOf(standing, side, perCell)] as const);
  return Array.from({ length: perCell }, (_, index) =>
    wanted.flatMap(([cell, count]) => (index < count ? [cell] : [])),
  ).flat();
}

function wantedOf({ verdict, decision, candidate, baseline }: Standing, side: GateSide, perCell: number): number {
  if (verdict !== "undecided") return 0;
  // Only pairs tell which of the two is worse: of a bad cell both go on, in step.
  if (side === "candidate") return decision === "bad" && candidate.length >= MAX_PAIRS ? 0 : perCell;
  if (baseline === null || baseline.length >= MAX_PAIRS) return 0;
  // What fails must be told from what has always failed: the baseline comes up to as many calls.
  if (candidate.includes(false) || baseline.includes(false)) return perCell;
  const missing = Math.min(perCell, FIRST_BASELINE_CALLS - baseline.length);
  return Math.max(missing, Math.ceil(perCell / CANDIDATE_CALLS_PER_BASELINE_CALL));
}

/**
 * Which side begins each round: one of every two begins with either, by chance which, so that a machine that gets slower or
 * warmer favours neither. Where something fails the baseline does, so that its turn lies between two of the candidate's.
 */
export function orderOf(
  round: number,
  isFlipped: boolean,
  standings: readonly Standing[],
): readonly [GateSide, GateSide] {
  if (isFailing(standings)) return ["baseline", "candidate"];
  return (round % 2 === 0) === isFlipped ? ["candidate", "baseline"] : ["baseline", "candidate"];
}

/** Beyond six pairs of loads others are made only where they end within this: a verdict is waited for. */
const MORE_LOADS_WITHIN_MS = 85_000;

/** How many pairs of loads there are to be, where what so many have shown still straddles a margin (lab/gate/load-looks.ts). */
export function plannedLoads({
  made,
  planned,
  isOpen,
  elapsedMs,
  roundMs,
}: {
  made: number;
  planned: number;
  isOpen: boolean;
  elapsedMs: number;
  roundMs: number;
}): number {
  const next = nextLook(made);
  if (made < planned || !isOpen || next === null) return planned;
  return elapsedMs + (next - made) * roundMs <= MORE_LOADS_WITHIN_MS ? next : planned;
}

/** Whether a turn has a load: as long as pairs are missing, and where the load's own calls are not decided by then. */
export function wantsLoad(
  side: GateSide,
  standings: readonly Standing[],
  { cell, made, planned }: { cell: string; made: number; planned: number },
): boolean {
  if (isFailing(standings.filter((standing) => standing.cell !== cell))) return false;
  if (made < planned) return true;
  const own = standings.find((standing) => standing.cell === cell);
  return own?.verdict === "undecided" && (side === "candidate" || own.candidate.includes(false));
}

export type Progress = {
  standings: readonly Standing[];
  /** Finished pairs of load turns, and how many there are to be. */
  loads: { made: number; planned: number };
  elapsedMs: number;
  budgetMs: number;
};

/** Within this a failure that is certain is told; until then other cells that have begun to fail are looked at too. */
const CERTAIN_WITHIN_MS = 45_000;

/** Null: another round. */
export function endOf({
  standings,
  loads,
  elapsedMs,
  budgetMs,
}: Progress): "decided" | "certain_failure" | "budget" | null {
  const open = standings.filter((standing) => isOpen(standing));
  if (standings.some(({ verdict }) => verdict === "failed")) {
    const isFailing = open.some(({ candidate }) => candidate.includes(false));
    if (!isFailing || elapsedMs >= CERTAIN_WITHIN_MS) return "certain_failure";
  }
  if (open.length === 0 && loads.made >= loads.planned) return "decided";
  return elapsedMs >= budgetMs ? "budget" : null;
}

/** Whether a cell of the candidate has failed, or fails and is not yet told from the baseline's: nothing else matters then. */
export function isFailing(standings: readonly Standing[]): boolean {
  return standings.some(
    (standing) => standing.verdict === "failed" || (standing.decision === "bad" && isOpen(standing)),
  );
}

function isOpen(standing: Standing): boolean {
  return planTurn([standing], "candidate", 1).length + planTurn([standing], "baseline", 1).length > 0;
}

import type { AllocationScenario } from "./allocation-load.ts";
import type { EngineDifference, KnownOutcome } from "./engine-difference.ts";
import type { PathClass } from "./ice.ts";
import type { Traffic } from "./load.ts";
import type { Role, Scenario } from "./scenario.ts";
import type { IceServerRef, PeerSpec, Topology } from "./topology.ts";

/** Where a call stands in its grid. */
export type CellPlace = {
  /** Cells of one table are drawn together, as rows and columns. */
  table: string;
  row: string;
  column: string;
};

/** One call of a grid: who calls whom, and with which ICE servers where those are not the peer's own. */
export type GridCellSpec = CellPlace & {
  offerer: string;
  answerer: string;
  iceServers?: Partial<Record<Role, IceServerRef[]>>;
  transportPolicy?: Partial<Record<Role, "all" | "relay">>;
};

/**
 * Many peers in one lab, and one call for each cell. What each cell must come to is not written here: it is computed
 * from the behaviours (expected-path.ts).
 */
export type GridScenario = {
  /** One sentence: what the rows and the columns are. */
  description: string;
  tags?: string[];
  topology: Topology;
  /** By any name; `behind` and the rest as in a scenario. */
  peers: Record<string, PeerSpec>;
  cells: GridCellSpec[];
  /** Calls at a time. */
  concurrency: number;
  traffic?: Traffic;
  /** Default 30,000. */
  sessionTimeoutMs?: number;
  /** Grids of one name here are one and the same but for the engine of their peers, and are held against each other. */
  comparedAs?: string;
  /** What engines are known to do otherwise in it. Those of engines that none of its peers has say nothing. */
  differences?: EngineDifference[];
};

/** What a file in scenarios/ may say: one experiment of many sessions, a grid of calls, or a load of raw allocations. */
export type AnyScenario = Scenario | GridScenario | AllocationScenario;

export function isGrid(scenario: AnyScenario): scenario is GridScenario {
  return "cells" in scenario;
}

export function isAllocations(scenario: AnyScenario): scenario is AllocationScenario {
  return "allocation" in scenario;
}

/** Whether its iterations are calls between its two peers. */
export function isSessions(scenario: AnyScenario): scenario is Scenario {
  return !isGrid(scenario) && !isAllocations(scenario);
}

/** Its WebRTC peers, by name; a load of allocations has none. */
export function peersOf(scenario: AnyScenario): Readonly<Record<string, PeerSpec>> {
  return isAllocations(scenario) ? {} : scenario.peers;
}

/** What a cell comes to: the class of the path, or that nothing connects. */
export type CellOutcome = PathClass | "none";

/** A cell before its call: what the behaviours say that it must come to, and what its engine is known to do instead. */
export type CellPlan = CellPlace & { expected: CellOutcome; known?: KnownOutcome };

export type GridCell = CellPlace & {
  expected: CellOutcome;
  /** Null: the call was not made, or not to its end. */
  observed: CellOutcome | null;
  /**
   * `passed` when observed is what was expected, `explained` when it is what the engine is known to do instead, and nothing
   * else was wrong.
   */
  status: "passed" | "explained" | "failed" | "no_data";
  /** The number of its session in the log. */
  session: number | null;
  /** Why a cell failed that was to connect, what else was wrong, or what explains it; null when it passed. */
  reason: string | null;
};

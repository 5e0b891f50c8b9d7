import { knownOutcome } from "../lab/model/engine-difference.ts";
import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { CellOutcome, CellPlace, CellPlan, GridCellSpec, GridScenario } from "../lab/model/grid.ts";
import type { NatPresetName } from "../lab/model/nat-presets.ts";
import {
  failedSession,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
  sessionStarted,
} from "./example-run.ts";

/** Logs of grids that never ran, for the tests of this room. */

export const GRID = "nat-grid";

/** A square of presets, STUN only, each on both sides. */
export function aGrid(presets: readonly NatPresetName[]): GridScenario {
  const sides = ["left", "right"] as const;
  const named = <T>(of: (preset: NatPresetName, name: string) => T) =>
    Object.fromEntries(sides.flatMap((side) => presets.map((nat) => [`${side}-${nat}`, of(nat, `${side}-${nat}`)])));
  const cells: GridCellSpec[] = presets.flatMap((row) =>
    presets.map((column) => ({
      table: "STUN only",
      row,
      column,
      offerer: `left-${row}`,
      answerer: `right-${column}`,
    })),
  );
  return {
    description: "Every NAT against every other.",
    topology: { routers: named((nat) => ({ nat })), turnServers: { turn: {} } },
    peers: named((_, name) => ({ behind: name, iceServers: [{ server: "turn", urls: ["stun"] }] })),
    cells,
    concurrency: 4,
  };
}

/** What a cell's call came to: an outcome, or that it was not made. */
export type Came = CellOutcome | "nothing";

/** A whole run of one grid: what each cell must come to, and what it came to where that is something else. */
export function gridRun(
  grid: GridScenario,
  expected: (place: CellPlace) => CellOutcome,
  came: (place: CellPlace) => Came | undefined,
): RunEvent[] {
  return [runStarted(GRID), ...gridEvents(GRID, grid, expected, came), runFinished()];
}

/** The same of a grid by another name, beside others in a run. */
export function gridEvents(
  name: string,
  grid: GridScenario,
  expected: (place: CellPlace) => CellOutcome,
  came: (place: CellPlace) => Came | undefined,
): RunEvent[] {
  const plans = grid.cells.map((cell): CellPlan => {
    const { table, row, column } = cell;
    const known = knownOutcome(grid, cell, expected(cell));
    return { table, row, column, expected: expected(cell), ...(known ? { known } : {}) };
  });
  const planned: EventOf<"grid_planned"> = {
    type: "grid_planned",
    at: runFinished().at,
    scenario: name,
    cells: plans,
  };
  return [
    scenarioStarted(name, grid),
    planned,
    ...plans.flatMap((plan, index) => callOf(name, plan, index + 1, came(plan) ?? plan.expected)),
    scenarioFinished(name),
  ];
}

function callOf(name: string, { expected, known, ...cell }: CellPlan, number: number, came: Came): RunEvent[] {
  if (came === "nothing") return [];
  const started = { ...sessionStarted(name, number), cell };
  if (came === "none") return [started, { ...failedSession(name, number, "ice_failed", "no pair answered"), cell }];
  const pair = came === "relayed" ? "relay-prflx" : "srflx-srflx";
  const isUnexpected = came !== expected && came !== known?.comesTo;
  const code = expected === "none" ? ("unexpected_connection" as const) : ("wrong_path" as const);
  const violations = isUnexpected ? [{ code, message: `Expected ${expected}, found ${came}.` }] : [];
  return [started, sessionFinished(name, number, { cell, path: came, pair, violations })];
}

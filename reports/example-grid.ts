import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { CellOutcome, CellPlace, GridCellSpec, GridScenario } from "../lab/model/grid.ts";
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
  const places = grid.cells.map(({ table, row, column }) => ({ table, row, column }));
  const planned: EventOf<"grid_planned"> = {
    type: "grid_planned",
    at: runFinished().at,
    scenario: GRID,
    cells: places.map((place) => ({ ...place, expected: expected(place) })),
  };
  return [
    runStarted(GRID),
    scenarioStarted(GRID, grid),
    planned,
    ...places.flatMap((cell, index) => callOf(cell, index + 1, expected(cell), came(cell) ?? expected(cell))),
    scenarioFinished(GRID),
    runFinished(),
  ];
}

function callOf(cell: CellPlace, number: number, expected: CellOutcome, came: Came): RunEvent[] {
  if (came === "nothing") return [];
  const started = { ...sessionStarted(GRID, number), cell };
  if (came === "none") return [started, { ...failedSession(GRID, number, "ice_failed", "no pair answered"), cell }];
  const pair = came === "relayed" ? "relay-prflx" : "srflx-srflx";
  const isUnexpected = came !== expected;
  const code = expected === "none" ? ("unexpected_connection" as const) : ("wrong_path" as const);
  const violations = isUnexpected ? [{ code, message: `Expected ${expected}, found ${came}.` }] : [];
  return [started, sessionFinished(GRID, number, { cell, path: came, pair, violations })];
}

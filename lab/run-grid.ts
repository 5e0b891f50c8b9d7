import type { Call } from "./make-call.ts";
import { callEndOf } from "./model/call-end.ts";
import type { PeerEngine } from "./model/engine.ts";
import { enginesOf, type KnownOutcome, knownOutcome } from "./model/engine-difference.ts";
import { type CallEnd, expectedPath } from "./model/expected-path.ts";
import { type FailureCode, NO_PATH_FAILURES } from "./model/failure.ts";
import type { CellOutcome, CellPlace, GridCellSpec, GridScenario } from "./model/grid.ts";
import { ROLES, type Role } from "./model/scenario.ts";
import type { PeerSpec } from "./model/topology.ts";

/** One cell with everything decided: its call, and what the behaviours say that it must come to. */
export type PlannedCell = { place: CellPlace; expected: CellOutcome; known?: KnownOutcome; call: Call };

/**
 * Calls that must fail, for each one at a time that must not: they wait for seconds and cost next to nothing, so they
 * begin with the first and are over with the last.
 */
const WAITING_PER_CALL = 3;

/** What each cell of a grid must come to; pure. */
export function planGrid(grid: GridScenario): PlannedCell[] {
  return grid.cells.map((cell) => {
    const ends = { offerer: endOf(grid, cell, "offerer"), answerer: endOf(grid, cell, "answerer") };
    const { table, row, column } = cell;
    const [offerer, answerer] = ROLES.map((role) => callEndOf(grid.topology, ends[role], grid.traffic?.media));
    if (!offerer || !answerer) throw new Error("a call has two ends");
    const expected = expectedPath(offerer, answerer);
    const caller = (role: Role) => {
      const { iceServers, transportPolicy } = ends[role];
      return { peer: cell[role], iceServers, ...(transportPolicy ? { transportPolicy } : {}) };
    };
    const known = knownOutcome(grid, cell, expected);
    const { traffic, sessionTimeoutMs } = grid;
    const call: Call = {
      offerer: caller("offerer"),
      answerer: caller("answerer"),
      expectedPath: expected,
      ...(known ? { knownOutcome: known.comesTo } : {}),
      ...([expected, known?.comesTo].includes("none")
        ? { expectedFailure: failuresOf([offerer, answerer], enginesOf(grid, cell)) }
        : {}),
      ...(traffic ? { traffic } : {}),
      ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
    };
    return { place: { table, row, column }, expected, ...(known ? { known } : {}), call };
  });
}

/**
 * Who has IPv6 alone, without NAT64, has no address at all for the name of an IPv4 server. Chromium still asks its servers, and
 * so still hopes, when a session has reached its limit.
 */
function failuresOf(ends: readonly CallEnd[], engines: readonly PeerEngine[]): FailureCode[] {
  return [
    ...NO_PATH_FAILURES,
    ...(ends.some(({ ip }) => ip === "ipv6") ? (["dns_failed"] as const) : []),
    ...(engines.includes("chromium") ? (["session_timeout"] as const) : []),
  ];
}

/** The peer at one end of a cell's call, with what the cell gives it instead. */
function endOf({ peers }: GridScenario, cell: GridCellSpec, role: Role): PeerSpec {
  const peer = peers[cell[role]];
  if (!peer) throw new Error(`no peer ${cell[role]} in the grid`);
  const iceServers = cell.iceServers?.[role] ?? peer.iceServers;
  const transportPolicy = cell.transportPolicy?.[role] ?? peer.transportPolicy;
  return { ...peer, iceServers, ...(transportPolicy ? { transportPolicy } : {}) };
}

/** Makes the call of every cell, so many at a time; returns when all have ended. */
export async function runCells(
  cells: readonly PlannedCell[],
  concurrency: number,
  make: (cell: PlannedCell, vu: number, iteration: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { waiting = [], connecting = [] } = Object.groupBy(cells, ({ expected, known }) =>
    (known?.comesTo ?? expected) === "none" ? "waiting" : "connecting",
  );
  const work = async (queue: PlannedCell[], vu: number) => {
    for (let iteration = 0; !signal.aborted; iteration++) {
      const cell = queue.shift();
      if (!cell) return;
      await make(cell, vu, iteration);
    }
  };
  const vus = Array.from({ length: concurrency * (1 + WAITING_PER_CALL) }, (_, index) => index + 1);
  await Promise.all(vus.map((vu) => work(vu <= concurrency ? connecting : waiting, vu)));
}

import type { KnownOutcome } from "../lab/model/engine-difference.ts";
import type { EventOf, SessionFinished } from "../lab/model/events.ts";
import type { AnyScenario, CellPlan, GridCell, GridCellSpec, GridScenario } from "../lab/model/grid.ts";
import { isGrid } from "../lab/model/grid.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";
import { cellOutcome, keyOf, standingOf } from "./cell-standing.ts";
import { describeSurroundings } from "./describe-network.ts";

/** Each planned cell with what its call came to, in the order of the plan; null for a scenario that is no grid. */
export function summarizeCells(
  planned: EventOf<"grid_planned"> | undefined,
  finished: readonly SessionFinished[],
): GridCell[] | null {
  if (!planned) return null;
  const calls = new Map(finished.flatMap((session) => (session.cell ? [[keyOf(session.cell), session] as const] : [])));
  const cells = planned.cells.map((cell) => judgeCell(cell, calls.get(keyOf(cell))));
  return withinShares(planned.cells, cells);
}

/** What an engine does now and then only explains so many of the cells that it is about. */
function withinShares(plans: readonly CellPlan[], cells: readonly GridCell[]): GridCell[] {
  const about = Map.groupBy(plans, ({ known }) => (known?.atMost === undefined ? null : JSON.stringify(known)));
  const tooMany = new Map(
    [...about].flatMap(([, own]) => {
      const { known } = own[0] ?? {};
      if (known?.atMost === undefined) return [];
      const keys = new Set(own.map(keyOf));
      const seen = cells.filter((cell) => cell.status === "explained" && keys.has(keyOf(cell)));
      if (seen.length <= Math.ceil(known.atMost * own.length)) return [];
      const share = `in ${seen.length} of ${own.length} cells, where at most ${known.atMost * 100} % are explained`;
      return seen.map((cell) => [keyOf(cell), `${describeKnown(known)}: ${share}`] as const);
    }),
  );
  return cells.map((cell) => {
    const reason = tooMany.get(keyOf(cell));
    return reason === undefined ? cell : { ...cell, status: "failed", reason };
  });
}

function judgeCell({ known, ...place }: CellPlan, call: SessionFinished | undefined): GridCell {
  if (!call)
    return { ...place, observed: null, status: "no_data", session: null, reason: "the call was not made to its end" };
  const status = standingOf({ ...place, ...(known ? { known } : {}) }, call);
  const reasons = { passed: null, explained: known ? describeKnown(known) : null, failed: reasonOf(call) };
  return { ...place, observed: cellOutcome(call), status, session: call.session, reason: reasons[status] };
}

/** `chromium: WHY (SOURCE)`. */
export function describeKnown({ engine, why, source }: KnownOutcome): string {
  return `${engine}: ${why} (${source})`;
}

function reasonOf({ failure, violations, pair }: SessionFinished): string {
  const told = [
    ...(failure ? [`${failure.code}: ${failure.message}`] : []),
    ...violations.map(({ message }) => message),
  ];
  return told.join(" ") || `connected over ${pair}`;
}

/** What the networks are that a grid's rows and columns are named for; null for a scenario that is no grid. */
export function summarizeLegend(definition: AnyScenario | undefined): ScenarioSummary["legend"] {
  if (!definition || !isGrid(definition)) return null;
  const rows = labelled(definition, "row", "offerer");
  const columns = labelled(definition, "column", "answerer");
  // One far end for all of a grid's columns is not what the columns are about.
  const told = new Set(columns.map(({ description }) => description)).size > 1 ? columns : [];
  const all = [...rows, ...told];
  return all.filter(
    ({ label, description }, index) =>
      all.findIndex((other) => other.label === label && other.description === description) === index,
  );
}

/** A label stands for a network where the same one is at that end of all its calls. */
function labelled(grid: GridScenario, axis: "row" | "column", role: "offerer" | "answerer") {
  const groups = Map.groupBy(grid.cells, (cell: GridCellSpec) => cell[axis]);
  return [...groups].flatMap(([label, cells]) => {
    const networks = new Set(
      cells.flatMap((cell) => {
        const peer = grid.peers[cell[role]];
        return peer ? [describeSurroundings(grid.topology, peer)] : [];
      }),
    );
    const [description] = networks;
    return networks.size === 1 && description !== undefined ? [{ label, description }] : [];
  });
}

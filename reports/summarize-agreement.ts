import type { Agreement, AgreementCell, AgreementTimes, EngineCell } from "../lab/model/agreement.ts";
import { DEFAULT_PEER_ENGINE, PEER_ENGINES } from "../lab/model/engine.ts";
import { type EngineDifference, matchesCell } from "../lab/model/engine-difference.ts";
import type { EventOf, RunEvent, SessionFinished } from "../lab/model/events.ts";
import { type CellOutcome, type GridCell, type GridScenario, isGrid } from "../lab/model/grid.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";
import { percentile, sorted } from "../lab/statistics/statistics.ts";
import { keyOf } from "./cell-standing.ts";

/** A grid that is compared, with what its calls came to. */
type Run = {
  name: string;
  engine: string;
  definition: GridScenario;
  cells: readonly GridCell[];
  finished: ReadonlyMap<number, SessionFinished>;
  startedAt: ReadonlyMap<number, number>;
};

/** Grids of one `comparedAs` that ran with different engines, held against each other; empty where none did. */
export function summarizeAgreement(
  scenarios: readonly ScenarioSummary[],
  events: ReadonlyMap<string, readonly RunEvent[]>,
): Agreement[] {
  const runs = scenarios.flatMap((scenario) => runOf(scenario, events.get(scenario.name) ?? []));
  const groups = Map.groupBy(runs, ({ definition }) => definition.comparedAs ?? "");
  return [...groups].flatMap(([grid, own]) => {
    const each = [...new Map(own.toReversed().map((run) => [run.engine, run])).values()].sort(byEngine);
    return each.length > 1 ? [compare(grid, each)] : [];
  });
}

function runOf({ name, cells }: ScenarioSummary, events: readonly RunEvent[]): Run[] {
  const definition = events.find((event) => event.type === "scenario_started")?.definition;
  if (!definition || !cells || !isGrid(definition) || definition.comparedAs === undefined) return [];
  const finished = events.filter((event): event is SessionFinished => event.type === "session_finished");
  const started = events.filter((event): event is EventOf<"session_started"> => event.type === "session_started");
  return [
    {
      ...{ name, engine: enginesIn(definition).join("+"), definition, cells },
      finished: new Map(finished.map((one) => [one.session, one])),
      startedAt: new Map(started.map(({ session, at }) => [session, at])),
    },
  ];
}

function enginesIn({ peers }: GridScenario) {
  const used = new Set(Object.values(peers).map(({ engine }) => engine ?? DEFAULT_PEER_ENGINE));
  return PEER_ENGINES.filter((engine) => used.has(engine));
}

function byEngine(a: Run, b: Run): number {
  const rank = ({ definition }: Run) => PEER_ENGINES.indexOf(enginesIn(definition)[0] ?? DEFAULT_PEER_ENGINE);
  return rank(a) - rank(b);
}

function compare(grid: string, runs: readonly Run[]): Agreement {
  const [first] = runs;
  const cells = (first?.cells ?? []).map(({ table, row, column, expected }): AgreementCell => {
    const key = keyOf({ table, row, column });
    const engines = Object.fromEntries(runs.map((run) => [run.engine, engineCell(run, key)]));
    return { table, row, column, expected, verdict: verdictOf(Object.values(engines)), engines };
  });
  return {
    grid,
    scenarios: Object.fromEntries(runs.map(({ engine, name }) => [engine, name])),
    cells,
    times: timesOf(cells, runs),
    unseen: runs.flatMap(unseenOf),
  };
}

function engineCell({ cells, finished }: Run, key: string): EngineCell {
  const cell = cells.find((one) => keyOf(one) === key);
  if (!cell) return { observed: null, status: "no_data", reason: null, session: null, pair: null, connectTimeMs: null };
  const { observed, status, reason, session } = cell;
  const call = session === null ? undefined : finished.get(session);
  return {
    ...{ observed, status, reason, session },
    pair: call?.pair ?? null,
    connectTimeMs: call?.timings.connect_time ?? null,
  };
}

function verdictOf(engines: readonly EngineCell[]): AgreementCell["verdict"] {
  if (engines.some(({ observed }) => observed === null)) return "no_data";
  const [first] = engines;
  // Two that came to nothing have not done the same where one of them crashed.
  if (engines.every(({ observed, status }) => observed === first?.observed && status === first?.status))
    return "agreed";
  return engines.some(({ status }) => status === "failed") ? "unexplained" : "explained";
}

/** Only of cells in which all came to the same: others would compare a direct path's time with a relay's. */
function timesOf(cells: readonly AgreementCell[], runs: readonly Run[]): AgreementTimes[] {
  return (["local", "direct", "relayed", "none"] satisfies CellOutcome[]).flatMap((outcome) => {
    const same = cells.filter(
      ({ verdict, engines }) =>
        verdict === "agreed" && Object.values(engines).every(({ observed }) => observed === outcome),
    );
    if (same.length === 0) return [];
    const med = runs.map(
      (run) => [run.engine, percentile(sorted(same.flatMap((cell) => timeOf(run, cell, outcome))), 50)] as const,
    );
    return [{ outcome, cells: same.length, med: Object.fromEntries(med) }];
  });
}

function timeOf({ engine, finished, startedAt }: Run, cell: AgreementCell, outcome: CellOutcome): number[] {
  const { session = null, connectTimeMs = null } = cell.engines[engine] ?? {};
  if (outcome !== "none") return connectTimeMs === null ? [] : [connectTimeMs];
  const [begin, end] = session === null ? [] : [startedAt.get(session), finished.get(session)?.at];
  return begin === undefined || end === undefined ? [] : [end - begin];
}

/** Only where a cell that it is about has an outcome: no call shows nothing. What happens now and then need not be seen. */
function unseenOf({ definition, cells }: Run): EngineDifference[] {
  const engines = enginesIn(definition);
  return (definition.differences ?? []).filter((difference) => {
    const own = cells.filter((cell) => cell.observed !== null && matchesCell(difference, cell));
    const isOwn = engines.includes(difference.engine) && difference.atMost === undefined && own.length > 0;
    return isOwn && own.every(({ status }) => status !== "explained");
  });
}

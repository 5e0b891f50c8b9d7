import { labSpecOf } from "./allocation-lab.ts";
import { assertBrowsersFit } from "./browser-memory.ts";
import { startChanges } from "./changes.ts";
import { SessionDiagnoser } from "./diagnose-session.ts";
import { keepCalling } from "./keep-calling.ts";
import { keepDumps } from "./keep-dumps.ts";
import { Evidence } from "./keep-evidence.ts";
import type { LabContext } from "./lab-context.ts";
import { LabError, ServerError, UnavailableError } from "./lab-error.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import { execute } from "./load/execute.ts";
import type { Iterate, Occasion } from "./load/iterate.ts";
import type { Call } from "./make-call.ts";
import { DEFAULT_PEER_ENGINE } from "./model/engine.ts";
import type { EventOf } from "./model/events.ts";
import { type AnyScenario, type CellPlace, type GridScenario, isAllocations, isGrid, peersOf } from "./model/grid.ts";
import { type Change, ROLES, type Role, type Scenario } from "./model/scenario.ts";
import { runAllocations } from "./run-allocations.ts";
import { type PlannedCell, planGrid, runCells } from "./run-grid.ts";
import type { TurnConfig } from "./turn-config/read-config.ts";
import { watchLoad } from "./watch-load.ts";
import { watchMetrics } from "./watch-metrics.ts";
import { watchThresholds } from "./watch-thresholds.ts";
import { changesWithoutSecrets, withoutSecrets } from "./without-secrets.ts";

/**
 * Runs one scenario in a lab of its own, from nothing to nothing; what happens goes to `given.emit`. `configs`: what its
 * servers with a `config` run. Never rejects.
 */
export async function runScenario(
  name: string,
  scenario: AnyScenario,
  given: LabContext,
  onUp: () => void = () => {},
  configs: Readonly<Record<string, TurnConfig>> = {},
): Promise<void> {
  const startedAt = performance.now();
  const logged = new Set<string>();
  const context: LabContext = {
    ...given,
    log: (of, node, text) => {
      logged.add(node);
      given.log(of, node, text);
    },
  };
  const { emit, signal } = context;
  emit({ type: "scenario_started", at: Date.now(), scenario: name, definition: withoutSecrets(scenario) });
  if (isGrid(scenario)) {
    const cells = planGrid(scenario).map(({ place, call: _, ...plan }) => ({ ...place, ...plan }));
    emit({ type: "grid_planned", at: Date.now(), scenario: name, cells });
  }
  let outcome: EventOf<"scenario_finished">["outcome"] = "completed";
  let reason: string | null = null;
  try {
    assertBrowsersFit(peersOf(scenario), context.engine.info);
    const lab = await upLab(name, { ...labSpecOf(scenario), configs }, context);
    const upMs = performance.now() - startedAt;
    emit({ type: "lab_up", at: Date.now(), scenario: name, durationMs: upMs, nodes: lab.nodes });
    onUp();
    let isBroken = true;
    try {
      const evidence = await Evidence.begin(name, scenario, lab, context, logged);
      lab.beforeDown(() => evidence.end(isBroken));
      await (isAllocations(scenario)
        ? runAllocations(name, scenario, lab, context)
        : runLoad(name, scenario, lab, context));
      isBroken = false;
    } finally {
      await keepDumps(name, lab, context);
      const downStartedAt = performance.now();
      await lab.down();
      emit({ type: "lab_down", at: Date.now(), scenario: name, durationMs: performance.now() - downStartedAt });
    }
  } catch (error) {
    outcome = outcomeOf(error);
    reason = error instanceof Error ? error.message : String(error);
  }
  if (signal.aborted) [outcome, reason] = ["interrupted", "interrupted"];
  const durationMs = performance.now() - startedAt;
  emit({ type: "scenario_finished", at: Date.now(), scenario: name, outcome, reason, durationMs });
}

function outcomeOf(error: unknown): EventOf<"scenario_finished">["outcome"] {
  if (error instanceof UnavailableError) return "skipped";
  return error instanceof ServerError ? "server_failed" : "errored";
}

/** Runs the load to its end, and looks once more at the servers; a lab that breaks ends the load at once. */
async function runLoad(
  name: string,
  scenario: Scenario | GridScenario,
  lab: StartedLab,
  context: LabContext,
): Promise<void> {
  const { emit } = context;
  const breakage = new AbortController();
  const signal = AbortSignal.any([context.signal, breakage.signal]);
  let breakError: Error | null = null;
  const breakWith = (error: Error) => {
    breakError ??= error;
    breakage.abort();
  };
  void lab.broken.then(breakWith);
  const load = isGrid(scenario) ? gridLoad(scenario) : sessionLoad(scenario);
  let sessions = 0;
  const make: Make = (call, { occasion, ...where }) => {
    const { diagnose } = diagnoser;
    return keepCalling(
      lab,
      call,
      { scenario: name, ...where },
      {
        emit,
        signal: occasion?.signal ?? signal,
        ...(occasion ? { dueAt: occasion.dueAt } : {}),
        nextSession: () => ++sessions,
        diagnose,
      },
    );
  };

  const diagnoser = new SessionDiagnoser({
    scenario: name,
    topology: scenario.topology,
    peers: scenario.peers,
    lab,
    context,
    isExclusive: !isGrid(scenario) && scenario.exclusive === true,
    isGrid: isGrid(scenario),
  });
  const metrics = await watchMetrics(name, lab, context);
  const watch = await watchLoad(name, lab, load.sampledPeers, context);
  const changes = startChanges(name, load.changes, lab, {
    emit,
    onMade: (change) => diagnoser.changed(change),
    shown: (change) => changesWithoutSecrets(scenario.topology, load.changes)[load.changes.indexOf(change)] ?? change,
    onFault: (error) =>
      breakWith(
        error instanceof ServerError
          ? error
          : new LabError(`a change could not be made: ${String(error)}`, { cause: error }),
      ),
  });
  const aborts = watchThresholds(name, context);
  const drop = (count: number, reason: string) =>
    emit({
      type: "iterations_dropped",
      at: Date.now(),
      scenario: name,
      count,
      reason: breakError ? "the lab broke" : aborts.signal.aborted ? "a threshold ended the load" : reason,
    });
  await load.run(make, AbortSignal.any([signal, aborts.signal]), drop).finally(() => {
    aborts.stop();
    return changes.stop();
  });
  if (context.signal.aborted) return;
  if (breakError) {
    await metrics.finish();
    throw breakError;
  }
  await watch.stop();
  // Before the servers are asked once more: their answers to that are no part of the load.
  await metrics.finish();
  await lab.proveServers();
}

type Make = (
  call: Call,
  where: { vu: number; iteration: number; cell?: CellPlace; occasion?: Occasion },
) => Promise<void>;
type Drop = (count: number, reason: string) => void;

/** Calls to be made: how many, by whom, and in which order. */
type Calls = {
  /** What happens to the lab meanwhile. */
  changes: readonly Change[];
  /** Whose CPU and memory are worth a look. */
  sampledPeers: readonly string[];
  run(make: Make, signal: AbortSignal, drop: Drop): Promise<void>;
};

function sessionLoad(scenario: Scenario): Calls {
  const caller = (role: Role) => ({ ...scenario.peers[role], peer: role });
  const engines = ROLES.map((role) => scenario.peers[role].engine ?? DEFAULT_PEER_ENGINE);
  const call = { ...scenario, engines, offerer: caller("offerer"), answerer: caller("answerer") };
  return {
    changes: scenario.changes ?? [],
    sampledPeers: ROLES,
    run: async (make, signal, onDropped) => {
      const iterate: Iterate = (vu, iteration, occasion) => make(call, { vu, iteration, occasion });
      await execute(scenario.load, iterate, signal, { onDropped });
    },
  };
}

/** A grid asks for paths, not for times: of its many peers none is sampled. */
function gridLoad(grid: GridScenario): Calls {
  const cells = planGrid(grid);
  return {
    changes: [],
    sampledPeers: [],
    run: async (make, signal, onDropped) => {
      let made = 0;
      const makeCell = ({ call, place }: PlannedCell, vu: number, iteration: number) => {
        made += 1;
        return make(call, { vu, iteration, cell: place });
      };
      await runCells(cells, grid.concurrency, makeCell, signal);
      if (made < cells.length) onDropped(cells.length - made, "interrupted");
    },
  };
}

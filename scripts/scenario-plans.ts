import { plannedIterations } from "../lab/load/execute.ts";
import { durationMs } from "../lab/model/duration.ts";
import { isAllocations, isGrid, isSessions } from "../lab/model/grid.ts";
import type { Load } from "../lab/model/load.ts";
import type { NamedScenario } from "../lab/run.ts";
import type { ScenarioPlan } from "../reports/live/scenario-plan.ts";

/** What is known of a run's scenarios before it starts. */
export function scenarioPlans(scenarios: readonly NamedScenario[]): ScenarioPlan[] {
  return scenarios.map(({ name, scenario }) => {
    const isCalls = isSessions(scenario);
    return {
      name,
      kind: isGrid(scenario) ? "grid" : isAllocations(scenario) ? "allocations" : "sessions",
      planned: isGrid(scenario) ? scenario.cells.length : plannedIterations(scenario.load),
      loadMs: isGrid(scenario) ? null : loadMsOf(scenario.load),
      isAlone: !isCalls || scenario.exclusive === true,
      expectsNone: isCalls && scenario.expectedPath === "none",
      expectedFailure: (isCalls && scenario.expectedFailure) || null,
    };
  });
}

function loadMsOf(load: Load): number | null {
  if ("stages" in load) return load.stages.reduce((sum, { duration }) => sum + durationMs(duration), 0);
  return "duration" in load ? durationMs(load.duration) : null;
}

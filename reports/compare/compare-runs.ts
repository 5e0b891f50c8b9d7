import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { quantileOf } from "../../lab/statistics/distribution.ts";
import type { ComparedRun, Comparison, RunComparison, ScenarioComparison } from "./comparison.ts";
import { COMPARISON_SCHEMA_VERSION } from "./comparison.ts";
import { figureSpecs } from "./figures.ts";
import { type Circumstances, judgeFigure } from "./judge-figure.ts";
import { describeChance } from "./notes.ts";
import type { RunFacts, ScenarioFacts } from "./run-facts.ts";
import { isSameMachine, setupChanges, setupOf, versionsOf } from "./setup-changes.ts";
import { trendsOf } from "./trends.ts";

type Skipped = Comparison["skipped"][number];

/** Runs that have no scenario in common with the reference; there is nothing to hold against it. */
export function withoutCommon(baseline: RunFacts, runs: readonly RunFacts[]): RunFacts[] {
  return runs.filter(
    (run) => run !== baseline && ![...run.scenarios.keys()].some((name) => baseline.scenarios.has(name)),
  );
}

/** What changed from the reference to each other run. `runs`: in any order, the reference among them; names differ. */
export function compareRuns(baseline: RunFacts, runs: readonly RunFacts[], skipped: readonly Skipped[]): Comparison {
  const foreign = withoutCommon(baseline, runs);
  const ordered = runs
    .filter((run) => !foreign.includes(run))
    .toSorted((a, b) => Date.parse(a.summary.startedAt) - Date.parse(b.summary.startedAt));
  const comparisons = ordered.filter((run) => run !== baseline).map((run) => compareTwo(baseline, run, ordered));
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    baseline: baseline.name,
    confidence: 0.95,
    runs: ordered.map(comparedRun),
    skipped: [
      ...skipped,
      ...foreign.map(({ name }) => ({ run: name, reason: `no scenario in common with ${baseline.name}` })),
    ],
    comparisons,
    marks: ordered.flatMap((run, index) => {
      const before = ordered[index - 1];
      const setup = before ? setupChanges(before, run) : [];
      return setup.length === 0 ? [] : [{ run: run.name, setup }];
    }),
    trends: trendsOf(ordered),
    notes: describeChance(comparisons, ordered.length),
  };
}

function comparedRun({ name, source, summary, machine, scenarios }: RunFacts): ComparedRun {
  const { runId, startedAt, durationMs, status } = summary;
  const names = [...scenarios.keys()];
  const versions = versionsOf({ name, source, summary, machine, scenarios }, names);
  return { name, runId, startedAt, durationMs, status, source, machine, versions, scenarios: names };
}

function compareTwo(before: RunFacts, after: RunFacts, all: readonly RunFacts[]): RunComparison {
  const sameMachine = isSameMachine(before, after);
  const only = (run: RunFacts, other: RunFacts) =>
    [...run.scenarios.keys()].filter((name) => !other.scenarios.has(name));
  return {
    run: after.name,
    isSameMachine: sameMachine,
    setup: setupChanges(before, after),
    scenarios: [...before.scenarios].flatMap(([name, facts]) => {
      const other = after.scenarios.get(name);
      return other
        ? [
            compareScenario(facts, other, {
              repeated: repeatsOf(name, before, after, all),
              isSameMachine: sameMachine,
              isOneSetup: isRepeat(name, before, after),
            }),
          ]
        : [];
    }),
    onlyBefore: only(before, after),
    onlyAfter: only(after, before),
  };
}

/**
 * Runs of the scenario, on the reference's kind of machine, by what they were made with; of those that came to their end alone. Where the
 * two that are compared are of one set-up both are left out: their difference is what the others are asked about.
 */
function repeatsOf(scenario: string, before: RunFacts, after: RunFacts, all: readonly RunFacts[]): ScenarioFacts[][] {
  const isOneSetup = isRepeat(scenario, before, after);
  const groups = Map.groupBy(
    all
      .filter((run) => isSameMachine(before, run) && hasVerdict(run.scenarios.get(scenario)?.summary))
      .filter((run) => !isOneSetup || (run !== before && run !== after)),
    (run) => setupOf(run, scenario),
  );
  groups.delete(null);
  return [...groups.values()].map((group) => group.flatMap((run) => run.scenarios.get(scenario) ?? []));
}

/** Whether only chance and the state of the machine tell two runs of a scenario apart. */
function isRepeat(scenario: string, before: RunFacts, after: RunFacts): boolean {
  const setup = setupOf(before, scenario);
  return setup !== null && setup === setupOf(after, scenario);
}

const hasVerdict = (summary: ScenarioSummary | undefined) =>
  summary?.status === "passed" || summary?.status === "failed";

function compareScenario(
  before: ScenarioFacts,
  after: ScenarioFacts,
  circumstances: Circumstances,
): ScenarioComparison {
  const [was, is] = [before.summary, after.summary];
  return {
    name: was.name,
    status: { before: was.status, after: is.status },
    thresholds: thresholdsOf(was, is),
    cells: cellsOf(was, is),
    failures: countsOf(was.failures, is.failures),
    connectTimes: { before: connectTimes(before), after: connectTimes(after) },
    figures: figureSpecs(before, after).map((spec) => judgeFigure(spec, before, after, circumstances)),
  };
}

const STEPS = 40;

function connectTimes({ log }: ScenarioFacts): number[] | null {
  if (!log || log.times.connect_time.count === 0) return null;
  return Array.from({ length: STEPS + 1 }, (_, step) => quantileOf(log.times.connect_time, step / STEPS) ?? 0);
}

function thresholdsOf(before: ScenarioSummary, after: ScenarioSummary): ScenarioComparison["thresholds"] {
  const keyOf = ({ metric, expression }: { metric: string; expression: string }) =>
    JSON.stringify([metric, expression]);
  const [olds, news] = [before, after].map(
    ({ thresholds }) => new Map(thresholds.map((threshold) => [keyOf(threshold), threshold])),
  );
  return [...new Map([...(olds ?? []), ...(news ?? [])])].map(([key, { metric, expression }]) => {
    const of = (all: typeof olds) => {
      const found = all?.get(key);
      return found ? { observed: found.observed, verdict: found.verdict } : null;
    };
    return { metric, expression, before: of(olds), after: of(news) };
  });
}

function cellsOf(before: ScenarioSummary, after: ScenarioSummary): ScenarioComparison["cells"] {
  if (!before.cells && !after.cells) return null;
  const keyOf = ({ table, row, column }: { table: string; row: string; column: string }) =>
    JSON.stringify([table, row, column]);
  const [olds, news] = [before, after].map(({ cells }) => new Map((cells ?? []).map((cell) => [keyOf(cell), cell])));
  const all = [...new Map([...(olds ?? []), ...(news ?? [])])];
  const word = (cell: { status: string; observed: string | null } | undefined) =>
    cell ? `${cell.observed ?? "no call"}, ${cell.status}` : null;
  return {
    total: all.length,
    changed: all.flatMap(([key, { table, row, column }]) => {
      const [was, is] = [word(olds?.get(key)), word(news?.get(key))];
      return was === is ? [] : [{ table, row, column, before: was, after: is }];
    }),
  };
}

function countsOf(
  before: Partial<Record<string, number>>,
  after: Partial<Record<string, number>>,
): ScenarioComparison["failures"] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map((code) => ({ code, before: before[code] ?? 0, after: after[code] ?? 0 }));
}

import { MAX_FIRST_PAIR_SHARE } from "../../lab/model/engine.ts";
import { FAILURES, VIOLATIONS } from "../../lab/model/failure.ts";
import type { GridCell } from "../../lab/model/grid.ts";
import type { Statistics, TrendName } from "../../lab/model/metrics.ts";
import { METRICS } from "../../lab/model/metrics.ts";
import type { ScenarioStatus, ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import { wilson } from "../../lab/statistics/statistics.ts";
import { describeDeath } from "../container-deaths.ts";
import { formatObserved, NOTHING, oneLine, plural } from "./format.ts";

/** What every renderer says in the same words. */

export const MARKS: Record<ScenarioStatus, string> = {
  passed: "✓",
  failed: "✗",
  no_data: "-",
  errored: "!",
  skipped: "·",
};

export const STATUS_WORDS: Record<ScenarioStatus, string> = {
  passed: "passed",
  failed: "failed",
  no_data: "no data",
  errored: "lab broke",
  skipped: "skipped",
};

/** Why a scenario did not pass, in a few words; empty when it passed. */
function describeCause(scenario: ScenarioSummary): string {
  if (scenario.status === "passed") return "";
  if (scenario.reason !== null) return oneLine(scenario.reason);
  const thresholds = scenario.thresholds
    .filter((threshold) => threshold.verdict === "failed")
    .map((threshold) => `${threshold.metric} ${threshold.expression} was ${formatObserved(threshold)}`);
  if (scenario.cells) {
    const { failed, missing } = countCells(scenario.cells);
    const uncalled = missing > 0 ? `, ${missing} without a call` : "";
    return `${failed} of ${plural(scenario.cells.length, "cell")} not as computed${uncalled}`;
  }
  const violations = Object.entries(scenario.violations).map(([code, count]) => `${count} × ${code}`);
  const connected = scenario.expectedPath === "none" && scenario.sessions.connected > 0;
  const unexpected =
    connected && violations.length === 0 ? [`${plural(scenario.sessions.connected, "session")} connected`] : [];
  const [cause] = Object.entries(scenario.causes).sort(([, a], [, b]) => b - a);
  const what = [...thresholds, ...violations, ...unexpected].join(", ");
  return cause ? `${what}: ${cause[1]} × ${cause[0]}` : what;
}

/** The run's result in one sentence or two. */
export function describeVerdict({ status, durationMs, scenarios }: Summary): string {
  const passed = scenarios.filter((scenario) => scenario.status === "passed");
  const named = (...statuses: ScenarioStatus[]) =>
    scenarios
      .filter((scenario) => statuses.includes(scenario.status))
      .map((scenario) => `${scenario.name} (${describeCause(scenario)})`)
      .join("; ");
  const skipped = scenarios.filter((scenario) => scenario.status === "skipped").length;
  const share = `${passed.length} of ${plural(scenarios.length, "scenario")} passed`;
  switch (status) {
    case "passed":
      return `Passed: ${share}${skipped > 0 ? `, ${skipped} skipped` : ""}.`;
    case "interrupted":
      return `Interrupted: ${share} before the run was stopped; the rest has no verdict.`;
    case "errored":
      if (durationMs === null) return `The run did not end: the harness was killed. Until then, ${share}.`;
      return `The lab broke, which says nothing about the server under test: ${named("errored")}. ${share}.`;
    case "failed":
      if (scenarios.length === skipped)
        return `Failed: nothing ran, so nothing is proven. ${plural(skipped, "scenario")} skipped.`;
      return `Failed: ${named("failed", "no_data")}. ${share}.`;
  }
}

/** One iteration of a scenario. */
export function sessionNoun({ allocations }: Pick<ScenarioSummary, "allocations">): string {
  return allocations ? "iteration" : "session";
}

/** Which sessions there were, in one line; in a grid, whose sessions are its calls, with those that had to fail. */
export function describeSessions({ sessions, droppedIterations, cells, allocations }: ScenarioSummary): string {
  const { started, connected, failed, dropped } = sessions;
  const unfinished = started - connected - failed;
  const pathless = cells?.filter(({ expected, status }) => expected === "none" && status === "passed").length ?? 0;
  const explained = cells?.filter(({ observed, status }) => observed === "none" && status === "explained").length ?? 0;
  const unexpected = failed - pathless - explained;
  return [
    `${plural(started, cells ? "call" : sessionNoun({ allocations }))} started`,
    `${connected} ${allocations ? "held" : "connected"}${dropped > 0 ? ` (${dropped} ${allocations ? "lost" : "dropped"} later)` : ""}`,
    ...(pathless > 0 ? [`${pathless} without a path, as computed`] : []),
    ...(explained > 0 ? [`${explained} without one, as explained`] : []),
    ...(unexpected > 0 || pathless + explained === 0
      ? [`${unexpected} failed${pathless + explained > 0 ? " otherwise" : ""}`]
      : []),
    ...(unfinished > 0 ? [`${unfinished} never finished`] : []),
    ...(droppedIterations > 0 ? [`${plural(droppedIterations, "iteration")} not started`] : []),
  ].join(", ");
}

/** Why gather_time has fewer samples than sessions: its slowest would be missing unseen. Empty when it has all. */
export function describeUnfinishedGathers({ unfinishedGathers: count }: ScenarioSummary): string {
  if (count === 0) return "";
  return `gather_time is missing for ${plural(count, "session")} that ended before every server had answered`;
}

/** Sessions that were a success out of those that finished, as `session_success` counts: a dropped one was none. */
export function successOf({ sessions }: ScenarioSummary): {
  successes: number;
  finished: number;
  rate: number | null;
  ci95: [number, number] | null;
} {
  const finished = sessions.connected + sessions.failed;
  const successes = sessions.connected - sessions.dropped;
  return { successes, finished, rate: finished === 0 ? null : successes / finished, ci95: wilson(successes, finished) };
}

/** Messages that the lab, not the network, kept from being sent; empty when there are none. */
export function describeSkipped({ messageDelivery }: ScenarioSummary): string {
  const { skipped } = messageDelivery;
  return skipped > 0 ? `${plural(skipped, "message")} not sent in time: the lab was busy` : "";
}

/** Each container that died unasked, in a sentence of its own. */
export function describeDeaths({ containerDeaths }: ScenarioSummary): string[] {
  return containerDeaths.map((death) => oneLine(`container ${describeDeath(death)}, and nobody had told it to end`));
}

/** Said in place of a success rate where no success is what the scenario wants, and what it got; else null. */
export function describeNone({ expectedPath, expectedFailure, status }: ScenarioSummary): string | null {
  if (status !== "passed") return null;
  if (expectedFailure === "turn_server_not_started") return "not started, as expected";
  if (expectedPath === "none") return "none, as expected";
  return expectedFailure === null ? null : "dropped, as expected";
}

/** A scenario's paths in one word: the class of all its pairs, `mixed`, or `none`. */
export function pathWord({ paths, sessions, allocations }: ScenarioSummary): string | null {
  if (allocations) return null;
  const used = Object.entries(paths).filter(([, count]) => count > 0);
  if (used.length > 1) return "mixed";
  return used[0]?.[0] ?? (sessions.failed > 0 ? "none" : null);
}

/** `relay-prflx 60, relay-relay 19`, the most frequent first. */
export function describePairs({ pairs }: ScenarioSummary): string {
  return Object.entries(pairs)
    .sort(([, a], [, b]) => b - a)
    .map(([pair, count]) => `${pair} ${count}`)
    .join(", ");
}

/** Said of a router whose mappings calls outlast: nobody knows that it would have let them. */
export const LIFETIME_OPEN = "lifetime not measured";

/**
 * Which routers a report tells one by one. A grid has many, and its legend says what they are: only those that are not
 * what they claim stand out, and the others are counted.
 */
export function foldRouters({ cells, routers }: ScenarioSummary): {
  shown: [string, ScenarioSummary["routers"][string]][];
  folded: string;
} {
  const all = Object.entries(routers);
  if (!cells) return { shown: all, folded: "" };
  const shown = all.filter(([, { mismatches }]) => mismatches.length > 0);
  const rest = all.filter(([, { mismatches }]) => mismatches.length === 0);
  if (rest.length === 0) return { shown, folded: "" };
  const open = rest.flatMap(([name, { isLifetimeOpen }]) => (isLifetimeOpen ? [name] : []));
  const untold = open.length === 0 ? "" : `; ${LIFETIME_OPEN} of ${open.join(", ")}`;
  return { shown, folded: `${plural(rest.length, "router")} observed to be what they must be${untold}` };
}

/**
 * `126 of 128 cells as computed`, and what is missing; empty where the scenario is no grid. Of a lab that broke, only how
 * many calls there had been: what they came to is no verdict.
 */
export function describeCells(scenario: ScenarioSummary): string {
  const { cells } = scenario;
  if (!cells) return "";
  const { passed, explained, missing } = countCells(cells);
  if (!hasVerdict(scenario)) {
    const made = cells.length - missing;
    return made === 0 ? "" : `${made} of ${plural(cells.length, "call")} made to their end, none of them a verdict`;
  }
  const otherwise = explained > 0 ? `, ${explained} otherwise, as explained` : "";
  const made = missing > 0 ? `, ${missing} without a call` : "";
  return `${passed} of ${plural(cells.length, "cell")} as computed from the behaviours${otherwise}${made}`;
}

/** How many cells came to what they must, how many did not, and how many calls were not made to their end. */
function countCells(cells: readonly GridCell[]) {
  const count = (status: GridCell["status"]) => cells.filter((cell) => cell.status === status).length;
  const [passed, explained] = [count("passed"), count("explained")];
  return { passed, explained, failed: count("failed"), missing: count("no_data") };
}

/** Nothing that a lab says which broke, or did not run, is a verdict. */
function hasVerdict({ status }: Pick<ScenarioSummary, "status">): boolean {
  return status !== "errored" && status !== "skipped";
}

/**
 * In a grid's overview, its share of cells as computed, and what stands where others have a success rate and times;
 * null where the scenario is no grid.
 */
export function describeGrid(scenario: ScenarioSummary): { share: string; verdict: string } | null {
  const { cells } = scenario;
  if (!cells) return null;
  if (!hasVerdict(scenario)) return { share: NOTHING, verdict: NOTHING };
  const { passed, explained, failed, missing } = countCells(cells);
  const wrong = [
    ...(failed > 0 ? [`${failed} not as computed`] : []),
    ...(explained > 0 ? [`${explained} otherwise, as explained`] : []),
    ...(missing > 0 ? [`${missing} without a call`] : []),
  ];
  return {
    share: `${passed}/${cells.length}`,
    verdict: wrong.length === 0 ? "every cell as computed" : wrong.join(", "),
  };
}

/** `turn: coturn 4.6.1, turnlab/coturn:1f44057b0d97, sha256:a1904257659e`; nothing of servers whose log does not say. */
export function describeServers({ turnServers }: Pick<ScenarioSummary, "turnServers">): string[] {
  return Object.entries(turnServers).flatMap(([name, server]) => {
    if (!server?.image) return [];
    const { image, version } = server;
    const sum = image.digest?.split("@").at(-1) ?? `sha256:${image.id}`;
    return [`${name}: ${version === null ? "" : `coturn ${version}, `}${image.reference}, ${sum.slice(0, 19)}`];
  });
}

const MEANINGS = Object.fromEntries(Object.entries(FAILURES).map(([code, { means }]) => [code, means]));

export type Problem = { code: string; count: number; meaning: string; examples: ScenarioSummary["examples"] };

/** Failures, then broken expectations, each with what its code means and at most `maxExamples` examples. */
export function listProblems(
  scenario: ScenarioSummary,
  maxExamples: number,
): { failures: Problem[]; violations: Problem[] } {
  const list = (counts: Partial<Record<string, number>>, meanings: Record<string, string>): Problem[] =>
    Object.entries(counts)
      .map(([code, count = 0]) => ({
        code,
        count,
        meaning: meanings[code] ?? "",
        examples: scenario.examples.filter((example) => example.code === code).slice(0, maxExamples),
      }))
      .sort((a, b) => b.count - a.count);
  // A dropped session's failure is only among the examples: the session itself had connected.
  const onlyExamples = scenario.examples.filter(({ code }) => code in FAILURES && !(code in scenario.failures));
  const drops = Object.fromEntries(onlyExamples.map(({ code }) => [code, 0]));
  return {
    failures: list({ ...scenario.failures, ...drops }, MEANINGS),
    violations: list(scenario.violations, VIOLATIONS),
  };
}

/** Trends that have samples, in the order of their names' list; a sub-metric after the metric that it is of. */
export function measuredTrends({ metrics, submetrics }: ScenarioSummary): [name: string, statistics: Statistics][] {
  const parts = Object.entries(submetrics);
  return (Object.keys(METRICS) as TrendName[])
    .filter((name) => Object.hasOwn(metrics, name))
    .flatMap((name): [string, Statistics][] => [
      [name, metrics[name]],
      ...parts.flatMap(([key, part]): [string, Statistics][] =>
        part.type === "trend" && part.metric === name ? [[key, part.statistics]] : [],
      ),
    ])
    .filter(([, { count }]) => count > 0);
}

/** What is said of calls that stayed on the first pair that worked; empty where none did. */
export function describeFirstPairs({ firstPairs, sessions }: ScenarioSummary): string {
  if (!firstPairs) return "";
  const calls = `${firstPairs.sessions} of ${plural(sessions.connected, "call")}`;
  return `${calls} stayed on another pair than expected: ${firstPairs.engine} keeps the first one that works (at most ${MAX_FIRST_PAIR_SHARE * 100} % may)`;
}

import { MAX_FIRST_PAIR_SHARE } from "../lab/model/engine.ts";
import type { EventOf, SessionFinished } from "../lab/model/events.ts";
import { FAILURES } from "../lab/model/failure.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";
import { describeEnd } from "./describe-timeline.ts";

type Outcomes = Pick<
  ScenarioSummary,
  "paths" | "pairs" | "failures" | "causes" | "violations" | "firstPairs" | "examples"
>;
type Example = ScenarioSummary["examples"][number];

const MAX_EXAMPLES = 10;

/** Counts how sessions connected, why they failed, and which expectations they broke; `isExample`: worth showing. */
export function summarizeOutcomes(
  finished: readonly SessionFinished[],
  isExample: (session: SessionFinished) => boolean = () => true,
  timelines: readonly EventOf<"session_timeline">[] = [],
): Outcomes {
  const paths: Outcomes["paths"] = { local: 0, direct: 0, relayed: 0 };
  const pairs: Outcomes["pairs"] = {};
  const failures: Outcomes["failures"] = {};
  const causes: Outcomes["causes"] = {};
  const violations: Outcomes["violations"] = {};
  const examples: Example[] = [];
  const firstPairs = firstPairsOf(finished);
  for (const one of finished) {
    const { session, outcome, path, pair, failure, diagnosis = null, violations: all } = one;
    const broken = firstPairs ? all.filter(({ by }) => by === undefined) : all;
    if (outcome === "connected" && path) paths[path] += 1;
    if (outcome === "connected" && pair) pairs[pair] = (pairs[pair] ?? 0) + 1;
    if (outcome === "failed" && failure) failures[failure.code] = (failures[failure.code] ?? 0) + 1;
    if (diagnosis) causes[diagnosis.code] = (causes[diagnosis.code] ?? 0) + 1;
    for (const { code } of broken) violations[code] = (violations[code] ?? 0) + 1;
    if (!isExample(one)) continue;
    // A dropped session connected, but its failure is worth an example too.
    if (failure) examples.push({ session, ...failure, diagnosis });
    for (const { code, message } of broken) examples.push({ session, code, message, diagnosis: null });
  }
  return {
    paths,
    pairs,
    failures,
    causes,
    violations,
    firstPairs,
    examples: withCourses(chooseExamples(examples), timelines),
  };
}

/** Of the chosen ones only: a run may have thousands of timelines. */
function withCourses(examples: readonly Example[], timelines: readonly EventOf<"session_timeline">[]): Example[] {
  return examples.map((example) => {
    const own = timelines.filter(({ session }) => session === example.session);
    if (own.length === 0 || !(example.code in FAILURES)) return example;
    return { ...example, course: Object.fromEntries(own.map((one) => [one.role, describeEnd(one)])) };
  });
}

/** Null too where there are too many: then they are what they look like. */
function firstPairsOf(finished: readonly SessionFinished[]): Outcomes["firstPairs"] {
  const explained = finished.filter(({ violations }) => violations.some(({ by }) => by !== undefined));
  const engine = explained[0]?.violations.find(({ by }) => by !== undefined)?.by;
  const connected = finished.filter(({ outcome }) => outcome === "connected").length;
  if (engine === undefined || explained.length > MAX_FIRST_PAIR_SHARE * connected) return null;
  return { engine, sessions: explained.length };
}

/** The first of each code and cause, so that a rare one is not hidden by a frequent one; then the first of all. */
function chooseExamples(all: readonly Example[]): Example[] {
  const seen = new Set<string>();
  const firsts = all.filter(({ code, diagnosis }) => {
    const key = `${code} ${diagnosis?.code}`;
    return !seen.has(key) && seen.add(key);
  });
  const rest = all.filter((example) => !firsts.includes(example));
  const chosen = new Set([...firsts, ...rest].slice(0, MAX_EXAMPLES));
  return all.filter((example) => chosen.has(example));
}

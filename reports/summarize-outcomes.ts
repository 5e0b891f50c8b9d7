import type { SessionFinished } from "../lab/model/events.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";

type Outcomes = Pick<ScenarioSummary, "paths" | "pairs" | "failures" | "violations" | "examples">;
type Example = ScenarioSummary["examples"][number];

const MAX_EXAMPLES = 10;

/** Counts how sessions connected, why they failed, and which expectations they broke; `isExample`: worth showing. */
export function summarizeOutcomes(
  finished: readonly SessionFinished[],
  isExample: (session: SessionFinished) => boolean = () => true,
): Outcomes {
  const paths: Outcomes["paths"] = { local: 0, direct: 0, relayed: 0 };
  const pairs: Outcomes["pairs"] = {};
  const failures: Outcomes["failures"] = {};
  const violations: Outcomes["violations"] = {};
  const examples: Example[] = [];
  for (const one of finished) {
    const { session, outcome, path, pair, failure, violations: broken } = one;
    if (outcome === "connected" && path) paths[path] += 1;
    if (outcome === "connected" && pair) pairs[pair] = (pairs[pair] ?? 0) + 1;
    if (outcome === "failed" && failure) failures[failure.code] = (failures[failure.code] ?? 0) + 1;
    for (const { code } of broken) violations[code] = (violations[code] ?? 0) + 1;
    if (!isExample(one)) continue;
    // A dropped session connected, but its failure is worth an example too.
    for (const { code, message } of [...(failure ? [failure] : []), ...broken])
      examples.push({ session, code, message });
  }
  return { paths, pairs, failures, violations, examples: chooseExamples(examples) };
}

/** The first of each code, so that a rare failure is not hidden by a frequent one; then the first of all. */
function chooseExamples(all: readonly Example[]): Example[] {
  const seen = new Set<string>();
  const firsts = all.filter(({ code }) => !seen.has(code) && seen.add(code));
  const rest = all.filter((example) => !firsts.includes(example));
  const chosen = new Set([...firsts, ...rest].slice(0, MAX_EXAMPLES));
  return all.filter((example) => chosen.has(example));
}

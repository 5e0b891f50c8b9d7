import type { ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import { listCauses } from "./cause-words.ts";
import { formatObserved, formatSamples, oneLine } from "./format.ts";
import { describeFailedCell } from "./grid-layout.ts";
import { type Case, junitDocument, type Outcome, type Suite } from "./junit-document.ts";
import { describeMissing } from "./missing-words.ts";
import { describeDeaths, describeSessions, describeVerdict } from "./words.ts";

const EXAMPLES = 3;
const REASONS = 8;

/**
 * For CI servers that show JUnit: a suite for each scenario, a case for each threshold, each expectation and each cell of a grid.
 * `failure` is a verdict on the server or the network under test; `error` is none: the lab broke, or nothing was measured.
 * `skipped` did not run, or says nothing beside what has failed already.
 */
export function renderJunit(summary: Summary): string {
  const suites = summary.scenarios.map(
    (scenario): Suite => ({
      name: oneLine(scenario.name),
      seconds: (scenario.durationMs ?? 0) / 1000,
      cases: scenarioCases(scenario),
    }),
  );
  const ended = summary.durationMs === null ? [runCase(summary)] : [];
  return junitDocument("turnlab", summary, [
    ...(ended.length > 0 ? [{ name: "run", seconds: 0, cases: ended }] : []),
    ...suites,
  ]);
}

/** A run that nobody ended: what stands beside it may be incomplete. */
function runCase(summary: Summary): Case {
  return {
    name: "the run came to its end",
    classname: "run",
    outcome: {
      kind: "error",
      message: oneLine(describeVerdict(summary)),
      text: describeMissing(summary).map(oneLine).join("\n"),
    },
  };
}

function scenarioCases(scenario: ScenarioSummary): Case[] {
  const { status, reason } = scenario;
  const classname = oneLine(scenario.name);
  if (status === "skipped")
    return [{ name: "scenario", classname, outcome: { kind: "skipped", message: oneLine(reason ?? "did not run") } }];
  if (status === "errored")
    return [{ name: "scenario", classname, outcome: { kind: "error", message: oneLine(reason ?? "the lab broke") } }];
  const thresholds = scenario.thresholds.map((threshold): Case => {
    const { metric, expression, verdict } = threshold;
    const message = `${metric} ${expression}: observed ${formatObserved(threshold)}, from ${formatSamples(scenario, threshold)}`;
    return {
      name: oneLine(`${metric} ${expression}`),
      classname,
      outcome: verdict === "passed" ? null : { kind: verdict === "failed" ? "failure" : "error", message },
      out: message,
    };
  });
  const all = [...endCases(scenario), ...thresholds, ...cellCases(scenario), expectationCase(scenario)];
  // A scenario that did not pass must not look as if all its cases had.
  if (status === "passed" || all.some(({ outcome }) => outcome !== null)) return all;
  const kind = status === "failed" ? "failure" : "error";
  return [...all, { name: "scenario", classname, outcome: { kind, message: oneLine(reason ?? status) } }];
}

/** That the scenario came to its end with its servers alive. */
function endCases({ name, status, reason, ...scenario }: ScenarioSummary): Case[] {
  if (reason === null || status === "passed") return [];
  const kind = status === "failed" ? "failure" : "error";
  const text = describeDeaths(scenario as ScenarioSummary).join("\n");
  return [
    {
      name: "to its end",
      classname: oneLine(name),
      outcome: { kind, message: oneLine(reason), ...(text === "" ? {} : { text }) },
    },
  ];
}

function cellCases({ name, cells }: ScenarioSummary): Case[] {
  return (cells ?? []).map((cell): Case => {
    const { table, row, column, status, reason } = cell;
    const came = describeFailedCell(cell);
    const outcomes: Record<typeof status, Outcome | null> = {
      passed: null,
      explained: null,
      failed: { kind: "failure", message: oneLine(reason === null ? came : `${came}: ${reason}`) },
      no_data: { kind: "error", message: "the call was not made to its end" },
    };
    const out = status === "explained" && reason !== null ? { out: oneLine(reason) } : {};
    return {
      name: oneLine(`${table}: ${row} × ${column}`),
      classname: oneLine(name),
      outcome: outcomes[status],
      ...out,
    };
  });
}

/** What the scenario expects of every session; its failures with their causes are its text. */
function expectationCase(scenario: ScenarioSummary): Case {
  const { name, expectedPath, expectedFailure, violations, sessions } = scenario;
  const expected = [
    ...(expectedPath === null
      ? []
      : [expectedPath === "none" ? "no session connects" : `every path is ${expectedPath}`]),
    ...(expectedFailure === null ? [] : [`every session ends with ${expectedFailure}`]),
  ];
  const broken = Object.entries(violations).map(([code, count]) => `${count} × ${code}`);
  const unexpected = expectedPath === "none" && sessions.connected > 0 ? [`${sessions.connected} connected`] : [];
  const wrong = [...broken, ...unexpected];
  const text = listCauses(scenario, REASONS)
    .map(({ code, count, confidence, summary, because, change }) =>
      [
        `${code}, ${count}, ${confidence}: ${summary}`,
        ...because.map((reason) => `seen: ${reason}`),
        `to change: ${change}`,
      ].join("\n"),
    )
    .concat(
      scenario.examples
        .slice(0, EXAMPLES)
        .map(({ session, code, message }) => oneLine(`session ${session}: ${code}: ${message}`)),
    )
    .join("\n\n");
  return {
    name: expected.length === 0 ? "sessions" : expected.join(", "),
    classname: oneLine(name),
    outcome:
      wrong.length === 0 ? null : { kind: "failure", message: wrong.join(", "), ...(text === "" ? {} : { text }) },
    out: [describeSessions(scenario), text].filter((part) => part !== "").join("\n\n"),
  };
}

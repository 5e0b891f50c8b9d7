import type { Summary } from "../../lab/model/summary.ts";
import { plural } from "./format.ts";
import { sessionNoun } from "./words.ts";

/** What a report lacks because its log ends before the run does, a sentence each; empty of a run that came to its end. */
export function describeMissing({ durationMs, scenarios }: Summary): string[] {
  if (durationMs !== null) return [];
  const begun = scenarios.filter(({ status, durationMs }) => status !== "skipped" && durationMs === null);
  const never = scenarios.filter(({ status, durationMs }) => status === "skipped" && durationMs === null);
  return [
    "The log has no end of the run: the harness was killed, or the log was cut off.",
    ...begun.map((scenario) => {
      const { name, sessions } = scenario;
      const noun = sessionNoun(scenario);
      const open = sessions.started - sessions.connected - sessions.failed;
      const underWay = open > 0 ? `, ${open} of them without an end` : "";
      return `${name}: no end; what is shown are the ${plural(sessions.started, noun)} that the log has${underWay}.`;
    }),
    ...(never.length === 0 ? [] : [`Nothing of ${never.map(({ name }) => name).join(", ")}.`]),
  ];
}

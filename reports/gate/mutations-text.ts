import { GATE_LAYERS } from "../../lab/model/gate.ts";
import type { MutationOutcome, MutationResult } from "../../lab/model/gate-mutation.ts";
import { statistics } from "../../lab/statistics/statistics.ts";

/** What `run gate-mutations` prints: a line as each gate ends, and what they come to. Pure. */

const WORDS: Record<MutationOutcome, string> = {
  caught: "caught",
  passed: "passed",
  missed: "MISSED",
  misnamed: "MISNAMED",
  false_alarm: "FALSE ALARM",
  undecided: "UNDECIDED",
  errored: "ERRORED",
};

/** Those that are as they have to be. */
const GOOD: readonly MutationOutcome[] = ["caught", "passed"];

export const isAsItMustBe = ({ outcome }: Pick<MutationResult, "outcome">) => GOOD.includes(outcome);

export function mutationLine({ name, outcome, finding, reason, durationMs }: MutationResult, nameWidth = 0): string {
  const mark = GOOD.includes(outcome) ? "✓" : "✗";
  const where = finding === null ? "" : ` by ${finding.layer}: ${finding.rule}${lineOf(finding.line)}`;
  const why = reason === null ? "" : ` (${reason})`;
  return `${mark} ${name.padEnd(nameWidth)}  ${WORDS[outcome]}${where}, ${seconds(durationMs)}${why}`;
}

/** Counts, times, and again whatever is not as it must be. */
export function mutationsText(results: readonly MutationResult[]): string {
  const wrong = results.filter((result) => !isAsItMustBe(result));
  const parts = [
    countLine(results, "fault", "caught"),
    countLine(results, "harmless", "passed"),
    ...timeLines(results),
    ...(wrong.length === 0 ? [] : ["", ...wrong.map((result) => mutationLine(result))]),
  ];
  return `${parts.filter((part) => part !== null).join("\n")}\n`;
}

function countLine(results: readonly MutationResult[], kind: MutationResult["kind"], good: MutationOutcome) {
  const own = results.filter((result) => result.kind === kind);
  if (own.length === 0) return null;
  const count = (outcome: MutationOutcome) => own.filter((result) => result.outcome === outcome).length;
  const caught = own.filter(({ outcome }) => outcome === "caught");
  const by = GATE_LAYERS.map((name) => ({ name, own: caught.filter(({ finding }) => finding?.layer === name) }))
    .filter(({ own: { length } }) => length > 0)
    .map(({ name, own: { length } }) => `${length} by ${name}`)
    .join(", ");
  return kind === "fault"
    ? `caught ${count(good)} of ${own.length} faults${by === "" ? "" : ` (${by})`}`
    : `false alarms ${count("false_alarm")} of ${own.length} harmless edits, passed ${count(good)}`;
}

function timeLines(results: readonly MutationResult[]): string[] {
  return (["fault", "harmless"] as const).flatMap((kind) => {
    const ran = results.filter((result) => result.kind === kind);
    const { med, max, count } = statistics(
      ran.map(({ durationMs }) => durationMs),
      "ms",
    );
    if (med === null || max === null) return [];
    const what = kind === "fault" ? "faults" : "harmless edits";
    return [`${what}: median ${seconds(med)}, at most ${seconds(max)}, ${count} gates`];
  });
}

const lineOf = (line: number | null) => (line === null ? "" : `, line ${line}`);
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

import type { ScenarioStatus } from "../../lab/model/summary.ts";
import { formatCpu, formatMebibytes, formatMs, formatRatio, NOTHING, oneLine, plural } from "../render/format.ts";
import { MARKS, STATUS_WORDS } from "../render/words.ts";
import type { Comparison, Figure, RunComparison, ScenarioComparison, SetupChange } from "./comparison.ts";

/** What all renderers of a comparison say alike. */

export const SETUP_HEAD = ["changed", "of", "before", "after"];
export const FIGURE_HEAD = ["figure", "before", "after", "difference", "95 % interval", "what that shows"];

/** The comparison in one sentence. */
export function describeComparison({ scenarios, run, isSameMachine }: RunComparison, baseline: string): string {
  const figures = scenarios.flatMap((scenario) => scenario.figures.map((figure) => ({ scenario, figure })));
  const of = (meaning: Figure["meaning"]) =>
    figures.filter(({ figure }) => figure.meaning === meaning && figure.verdict !== "none_shown");
  const shown = figures.filter(({ figure }) => isShown(figure));
  const verdicts = scenarios.filter(({ status }) => status.before !== status.after);
  const [worse, better] = [of("worse"), of("better")];
  const names = (all: typeof figures) => {
    const told = all.slice(0, 3).map(({ scenario, figure }) => `${figure.name} of ${scenario.name}`);
    return [...told, ...(all.length > 3 ? [`${all.length - 3} more`] : [])].join(", ");
  };
  const parts = [
    ...(verdicts.length === 0
      ? [`the ${scenarios.length === 1 ? "verdict is" : "verdicts are"} as before`]
      : verdicts.map(
          ({ name, status }) => `${name} was ${statusWord(status.before)} and is ${statusWord(status.after)}`,
        )),
    ...(worse.length > 0 ? [`worse: ${names(worse)}`] : []),
    ...(better.length > 0 ? [`better: ${names(better)}`] : []),
    ...(shown.length === 0 ? ["no difference shown in any figure"] : []),
    ...(shown.length > 0 && worse.length + better.length === 0
      ? [`${plural(shown.length, "figure")} shown to differ, none of them for better or worse`]
      : []),
    ...(isSameMachine ? [] : ["made on another machine, so that times and load are not comparable"]),
  ];
  return `${run} against ${baseline}: ${parts.join("; ")}.`;
}

const isShown = ({ verdict }: Figure) => verdict === "higher" || verdict === "lower";

export function statusWord(status: string | null): string {
  return status === null ? "not there" : (STATUS_WORDS[status as ScenarioStatus] ?? status);
}

export function statusMark(status: string | null): string {
  return MARKS[status as ScenarioStatus] ?? "";
}

const KIND_WORDS: Record<SetupChange["kind"], string> = {
  version: "version",
  machine: "machine",
  scenario: "scenario",
  "turnserver.conf": "turnserver.conf",
};

/** How many scenarios a change is told of by name. */
const MOST_NAMED = 3;

export function setupRow({ kind, scenarios, what, before, after }: SetupChange): string[] {
  const of =
    scenarios.length === 0
      ? "the run"
      : scenarios.length > MOST_NAMED
        ? plural(scenarios.length, "scenario")
        : scenarios.join(", ");
  return [`${KIND_WORDS[kind]} ${what}`, of, before ?? "(not there)", after ?? "(not there)"];
}

/** In the order of FIGURE_HEAD. */
export function figureRow(figure: Figure): string[] {
  const { name, before, after, difference, interval } = figure;
  return [
    name,
    amount(figure, before),
    amount(figure, after),
    signed(figure, difference),
    interval ? `${signed(figure, interval[0])} to ${signed(figure, interval[1])}` : NOTHING,
    describeVerdict(figure),
  ];
}

/** What may be said of a difference; never that there is none. */
export function describeVerdict(figure: Figure): string {
  const { verdict, meaning, note, repeats, leastShown } = figure;
  const least = leastShown === null ? "" : `; would have been from about ${amount(figure, leastShown, true)} on`;
  switch (verdict) {
    case "not_told":
      return `nothing: ${note ?? "not known"}`;
    case "not_comparable":
      return `nothing: ${note ?? "not comparable"}`;
    case "none_shown":
      return `no difference shown${note === null ? "" : `: ${note}`}${least}`;
    default: {
      if (meaning === null) return note === null ? verdict : `${verdict}; ${note}`;
      const unless = figure.kind === "share" ? "" : ", unless repeated runs differ by as much";
      const beyond = repeats === null ? unless : `, beyond the ${amount(figure, repeats, true)} that repeats differ by`;
      return `${verdict}: ${meaning}${beyond}`;
    }
  }
}

/** With its unit; of a share a difference is in percentage points. */
function amount({ unit }: Pick<Figure, "unit">, value: number | null, isDifference = false): string {
  if (value === null) return NOTHING;
  switch (unit) {
    case "ratio":
      return isDifference ? `${(value * 100).toFixed(1)} points` : formatRatio(value);
    case "ms":
      return `${formatMs(value)} ms`;
    case "percent":
      return formatCpu(value);
    case "bytes":
      return formatMebibytes(value);
    default:
      return `${value.toFixed(Math.abs(value) < 100 ? 1 : 0)} ${unit}`;
  }
}

function signed(figure: Pick<Figure, "unit">, value: number | null): string {
  if (value === null) return NOTHING;
  return `${value < 0 ? "−" : "+"}${amount(figure, Math.abs(value), true)}`;
}

/** Verdicts of a scenario that are not what they were. */
export function verdictLines({ status, thresholds, cells, failures }: ScenarioComparison): string[] {
  const verdict = (one: ScenarioComparison["thresholds"][number]["before"]) =>
    one === null ? "not there" : one.verdict.replace("_", " ");
  return [
    ...(status.before === status.after ? [] : [`${statusWord(status.before)} before, ${statusWord(status.after)} now`]),
    ...thresholds
      .filter(({ before, after }) => verdict(before) !== verdict(after))
      .map(
        ({ metric, expression, before, after }) =>
          `threshold ${metric} ${expression}: ${verdict(before)} before, ${verdict(after)} now`,
      ),
    ...(cells?.changed.slice(0, 20) ?? []).map(
      ({ table, row, column, before, after }) =>
        `cell ${table}, ${row} × ${column}: ${before ?? "not there"} before, ${after ?? "not there"} now`,
    ),
    ...(cells && cells.changed.length > 20 ? [`and ${cells.changed.length - 20} cells more`] : []),
    ...failures
      .filter(({ before, after }) => before !== after)
      .map(({ code, before, after }) => `failures by ${code}: ${before} before, ${after} now`),
  ].map(oneLine);
}

/** Of cells that are as before nothing else is said. */
export function cellsWord({ cells }: ScenarioComparison): string | null {
  return cells && cells.changed.length === 0 ? `${plural(cells.total, "cell")} as before` : null;
}

/** Which machine and versions a run was made with, in a line. */
export function describeRun({
  name,
  startedAt,
  status,
  machine,
  source,
  versions,
}: Comparison["runs"][number]): string {
  const memory = machine.memoryBytes === null ? "" : `, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  const known = ["turnlab", "coturn"].flatMap((what) => (versions[what] ? [`${what} ${versions[what]}`] : []));
  const from = source === "summary" ? ", from its summary alone" : "";
  return oneLine(
    `${name}: ${startedAt}, ${status}, ${plural(machine.cpus, "CPU")}${memory}, ${known.join(", ")}${from}`,
  );
}

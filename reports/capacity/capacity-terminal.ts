import { createColors } from "picocolors";
import type { CapacityReport, CapacityStatus } from "../../lab/model/capacity-report.ts";
import { columns, indent, wrap } from "../render/columns.ts";
import { formatDuration, oneLine, plural } from "../render/format.ts";
import type { Paint } from "../render/paint.ts";
import type { Screen } from "../render/terminal.ts";
import {
  BASIS_WORDS,
  bar,
  CANNOT_TELL,
  CURVE_HEAD,
  cpuShare,
  curveRow,
  describeCall,
  describeConfidence,
  describeConstraint,
  describeLimits,
  describeServer,
} from "./capacity-words.ts";
import {
  COST_HEAD,
  costRows,
  describeFit,
  describeModel,
  OTHERS_HEAD,
  otherRow,
  PREDICTION_HEAD,
  predictionRow,
} from "./model-words.ts";
import { describeDemand, describeSources, MACHINE_HEAD, machineRow, SERVICE_HEAD, serviceRow } from "./plan-words.ts";

const MARKS: Record<CapacityStatus, string> = {
  found: "✓",
  unconfirmed: "?",
  at_least: "?",
  never_passed: "✗",
  undecided: "?",
  errored: "!",
  interrupted: "-",
};

/** The answer first, then all that it stands on. */
export function renderCapacityTerminal(report: CapacityReport, screen: Screen): string {
  const paint = createColors(screen.color);
  const width = Math.min(Math.max(screen.width, 60), 120);
  const list = (texts: readonly string[]) => texts.flatMap((text) => item(text, width));
  const lines = [
    ...answer(report, paint, width),
    ...section("why", list(describeConstraint(report)), paint),
    ...section("curve", curveLines(report, paint, width), paint),
    ...section("model", modelLines(report, paint, width), paint),
    ...section("other sizes", predictionLines(report, paint, width), paint),
    ...section("plan", planLines(report, paint, width), paint),
    ...section("what the words mean, and what the lab cannot tell", list([...basisLines(), ...CANNOT_TELL]), paint),
    ...section("notes", list(report.notes), paint),
    ...section("this run", aboutLines(report, width), paint),
  ];
  return `${lines.join("\n")}\n`;
}

function answer(report: CapacityReport, paint: Paint, width: number): string[] {
  const { status } = report;
  const isBad = status === "never_passed" || status === "errored";
  const color = status === "found" ? paint.green : isBad ? paint.red : paint.yellow;
  const [first = "", ...rest] = wrap(`${MARKS[status]} ${oneLine(report.answer)}`, width);
  return [
    ...[first, ...indent(rest, 2)].map((line) => paint.bold(color(line))),
    ...indent(
      describeConfidence(report).flatMap((text) => wrap(text, width - 2)),
      2,
    ),
  ];
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ["", paint.bold(title), ...indent(lines, 2)];
}

/** Text that hangs below its mark. */
function item(text: string, width: number): string[] {
  const [first = "", ...rest] = wrap(oneLine(text), width - 4);
  return [`· ${first}`, ...indent(rest, 2)];
}

/** A row for each step, by calls: how full the server's CPU was, as a bar. Why a load was not carried stands below it. */
function curveLines(report: CapacityReport, paint: Paint, width: number): string[] {
  if (report.curve.length === 0) return ["nothing was held"];
  const colors = { carried: paint.green, not_carried: paint.red, no_verdict: paint.yellow };
  const rows = report.curve.map((point) => {
    const [calls = "", stood = "", cpu = "", ...rest] = curveRow(point).slice(0, -1);
    const mark = { carried: "✓", not_carried: "✗", no_verdict: "?" }[point.verdict];
    return [colors[point.verdict](mark), calls, stood, bar(cpuShare(point, report)), cpu, ...rest];
  });
  const [calls, stood, cpu, ...rest] = CURVE_HEAD.slice(0, -1);
  const head = ["", calls ?? "", stood ?? "", "", cpu ?? "", ...rest].map((title) => paint.dim(title));
  const table = columns(
    [head, ...rows],
    ["left", "right", "right", "left", ...rest.map(() => "right" as const), "right"],
  );
  const [title = "", ...lines] = table;
  return [
    title,
    ...lines.flatMap((line, index) => {
      const point = report.curve[index];
      if (!point || point.verdict === "carried") return [line];
      const reasons = wrap(oneLine(point.reasons.join("; ")), width - 6);
      return [line, ...indent(reasons, 4).map((text) => paint.dim(text))];
    }),
    ...wrap(`carried: ${describeLimits(report)}`, width - 2).map((text) => paint.dim(text)),
  ];
}

function modelLines({ model }: CapacityReport, paint: Paint, width: number): string[] {
  if (!model) return ["none: too few loads were measured"];
  return [
    ...model.transports.flatMap((cost) => [
      ...columns([COST_HEAD.map((title) => paint.dim(title)), ...costRows(cost)], ["left", "right", "right"]),
      describeFit(cost),
      ...cost.notTold.flatMap((text) => item(`not told: ${text}`, width)),
    ]),
    ...describeModel(model).flatMap((text) => wrap(text, width - 2)),
  ];
}

function predictionLines({ prediction, others }: CapacityReport, paint: Paint, width: number): string[] {
  const dim = (head: readonly string[]) => head.map((title) => paint.dim(title));
  return [
    ...(prediction.length === 0
      ? []
      : columns(
          [dim(PREDICTION_HEAD), ...prediction.map(predictionRow)],
          ["left", "right", "right", "left", "left", "right", "right"],
        )),
    ...[...new Set(prediction.flatMap(({ assumptions }) => assumptions))].flatMap((text) => item(text, width)),
    ...(others.length === 0
      ? []
      : columns([dim(OTHERS_HEAD), ...others.map(otherRow)], ["left", "right", "right", "left", "left"])),
  ];
}

function planLines({ plan }: CapacityReport, paint: Paint, width: number): string[] {
  if (!plan) return [];
  const dim = (head: readonly string[]) => head.map((title) => paint.dim(title));
  const isRight = (title: string) => !["machine", "", "binds"].includes(title);
  // What the bill is made of is for wider pages.
  const head = MACHINE_HEAD.slice(0, -2);
  return [
    ...describeDemand(plan).flatMap((text) => wrap(text, width - 2)),
    "",
    ...columns(
      [dim(head), ...plan.machines.map((machine) => machineRow(machine).slice(0, -2))],
      head.map((title) => (isRight(title) ? "right" : "left")),
    ),
    "",
    ...columns(
      [dim(SERVICE_HEAD.slice(0, 2)), ...plan.services.map((service) => serviceRow(service).slice(0, 2))],
      ["left", "right"],
    ),
    paint.dim(`amounts in ${oneLine(plan.currency)}`),
    ...[
      ...plan.services.map((service) => serviceRow(service)).map(([name, , how]) => `${name}: ${how}`),
      ...describeSources(plan),
      ...plan.notes,
    ].flatMap((text) => item(text, width)),
  ];
}

function basisLines(): string[] {
  return Object.entries(BASIS_WORDS).map(([word, meaning]) => `${word}: ${meaning}`);
}

function aboutLines(report: CapacityReport, width: number): string[] {
  const { server, harness, runId, startedAt, durationMs, call, curve } = report;
  const took = durationMs === null ? "" : `, ${formatDuration(durationMs)} in all`;
  return [
    describeServer(server),
    describeCall(call),
    `${plural(curve.length, "step")}${took}`,
    `turnlab ${harness.turnlab}, Node ${harness.node}, ${plural(harness.cpus, "CPU")}; run ${runId}, ${startedAt}`,
  ].flatMap((line) => wrap(oneLine(line), width - 2));
}

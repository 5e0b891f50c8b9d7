import type { CapacityReport } from "../../lab/model/capacity-report.ts";
import { formatDuration, oneLine, plural } from "../render/format.ts";
import { escapeText, table } from "../render/markdown-text.ts";
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

type Align = "left" | "right";

/** capacity.md: the answer first, then all that it stands on. */
export function renderCapacityMarkdown(report: CapacityReport): string {
  const blocks = [
    `## ${text(report.answer)}`,
    bullets(describeConfidence(report)),
    ...section("What binds", [bullets(describeConstraint(report))]),
    ...section("The curve", curveBlocks(report)),
    ...section("What it costs", modelBlocks(report)),
    ...section("Other sizes", predictionBlocks(report)),
    ...section("The plan", planBlocks(report)),
    ...section("What the words mean, and what the lab cannot tell", [
      bullets([...Object.entries(BASIS_WORDS).map(([word, meaning]) => `${word}: ${meaning}`), ...CANNOT_TELL]),
    ]),
    ...section("Notes", [bullets(report.notes)]),
    ...section("This run", [about(report)]),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

const text = (raw: string) => escapeText(oneLine(raw));

function section(title: string, blocks: readonly string[]): string[] {
  const shown = blocks.filter((block) => block !== "");
  return shown.length === 0 ? [] : [`### ${title}`, ...shown];
}

function bullets(texts: readonly string[]): string {
  return texts.map((one) => `- ${text(one)}`).join("\n");
}

function rows(head: readonly string[], align: readonly Align[], cells: readonly (readonly string[])[]): string {
  return table(
    head,
    align,
    cells.map((row) => row.map(text)),
  );
}

function curveBlocks(report: CapacityReport): string[] {
  const [calls = "", stood = "", cpu = "", ...rest] = CURVE_HEAD;
  const cells = report.curve.map((point) => {
    const [ofCalls = "", ofStood = "", ofCpu = "", ...ofRest] = curveRow(point);
    return [ofCalls, ofStood, bar(cpuShare(point, report)), ofCpu, ...ofRest];
  });
  const align: Align[] = ["right", "right", "left", "right", "right", "right", "right", "right", "right", "left"];
  if (cells.length === 0) return ["Nothing was held."];
  return [
    rows([calls, stood, "of its CPU", cpu, ...rest], align, cells),
    `Carried is a load with ${text(describeLimits(report))}.`,
  ];
}

function modelBlocks({ model }: CapacityReport): string[] {
  if (!model) return ["No model: too few loads were measured."];
  return [
    ...model.transports.flatMap((cost) => [
      `**${text(describeFit(cost))}**`,
      rows(COST_HEAD, ["left", "right", "right"], costRows(cost)),
      bullets(cost.notTold.map((one) => `not told: ${one}`)),
    ]),
    bullets(describeModel(model)),
  ];
}

function predictionBlocks({ prediction, others }: CapacityReport): string[] {
  return [
    rows(PREDICTION_HEAD, ["left", "right", "right", "left", "left", "right", "right"], prediction.map(predictionRow)),
    bullets([...new Set(prediction.flatMap(({ assumptions }) => assumptions))]),
    rows(OTHERS_HEAD, ["left", "right", "right", "left", "left"], others.map(otherRow)),
  ];
}

function planBlocks({ plan }: CapacityReport): string[] {
  if (!plan) return [];
  const align = MACHINE_HEAD.map((title): Align => (["machine", "", "binds"].includes(title) ? "left" : "right"));
  return [
    bullets(describeDemand(plan)),
    rows(MACHINE_HEAD, align, plan.machines.map(machineRow)),
    rows(SERVICE_HEAD, ["left", "right", "left"], plan.services.map(serviceRow)),
    `Amounts in ${text(plan.currency)}.`,
    bullets([...describeSources(plan), ...plan.notes]),
  ];
}

function about(report: CapacityReport): string {
  const { server, harness, runId, startedAt, durationMs, call, curve } = report;
  const took = durationMs === null ? "" : `, ${formatDuration(durationMs)} in all`;
  return bullets([
    describeServer(server),
    describeCall(call),
    `${plural(curve.length, "step")}${took}`,
    `turnlab ${harness.turnlab}, Node ${harness.node}, ${plural(harness.cpus, "CPU")}; run ${runId}, ${startedAt}`,
  ]);
}

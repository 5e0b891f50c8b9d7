import { oneLine } from "../render/format.ts";
import { escapeText, table } from "../render/markdown-text.ts";
import {
  cellsWord,
  describeComparison,
  describeRun,
  FIGURE_HEAD,
  figureRow,
  SETUP_HEAD,
  setupRow,
  statusMark,
  statusWord,
  verdictLines,
} from "./compare-words.ts";
import type { Comparison, RunComparison, ScenarioComparison } from "./comparison.ts";

const text = (raw: string) => escapeText(oneLine(raw));
const bullets = (texts: readonly string[]) => texts.map((one) => `- ${text(one)}`).join("\n");

/** compare.md: each run in a sentence, then what it was made with otherwise, then its figures. */
export function renderCompareMarkdown(comparison: Comparison): string {
  const { baseline, runs, comparisons, skipped, notes } = comparison;
  const blocks = [
    `## ${text(`Compared with ${baseline}`)}`,
    bullets(comparisons.map((one) => describeComparison(one, baseline))),
    ...comparisons.flatMap((one) => runBlocks(one, comparisons.length > 1)),
    "### Runs",
    bullets(runs.map(describeRun)),
    ...(skipped.length === 0 ? [] : ["### Left out", bullets(skipped.map(({ run, reason }) => `${run}: ${reason}`))]),
    "### What these figures are",
    bullets(notes),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function runBlocks({ run, setup, scenarios, onlyBefore, onlyAfter }: RunComparison, isOneOfMany: boolean): string[] {
  const missing = [
    ...(onlyBefore.length > 0 ? [`only in the reference: ${onlyBefore.join(", ")}`] : []),
    ...(onlyAfter.length > 0 ? [`only in this run: ${onlyAfter.join(", ")}`] : []),
  ];
  return [
    ...(isOneOfMany ? [`### ${text(run)}`] : []),
    setup.length === 0 ? "Made with the same versions and settings, as far as is told." : "",
    table(
      SETUP_HEAD,
      ["left", "left", "left", "left"],
      setup.map((change) => setupRow(change).map(text)),
    ),
    bullets(missing),
    ...scenarios.flatMap(scenarioBlocks),
  ];
}

function scenarioBlocks(scenario: ScenarioComparison): string[] {
  const { name, status, figures } = scenario;
  const cells = cellsWord(scenario);
  return [
    `#### ${statusMark(status.after)} ${text(name)}: ${text(statusWord(status.after))}`,
    bullets([...verdictLines(scenario), ...(cells ? [cells] : [])]),
    table(
      FIGURE_HEAD,
      ["left", "right", "right", "right", "right", "left"],
      figures.map((figure) => figureRow(figure).map(text)),
    ),
  ];
}

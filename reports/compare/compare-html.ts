import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "../html/markup.ts";
import { renderPage } from "../html/page/document.ts";
import { plural } from "../render/format.ts";
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
import type { Comparison, Figure, RunComparison, ScenarioComparison, SetupChange } from "./comparison.ts";
import { connectTimesChart, differencesChart } from "./difference-charts.ts";

/** More runs than this are each closed until somebody opens them. */
const FEW_RUNS = 3;

/** compare.html: one file, each run in a sentence on top. */
export function renderCompareHtml(comparison: Comparison): string {
  const { baseline, runs, comparisons, skipped, notes } = comparison;
  const sentences = comparisons.map((one) => describeComparison(one, baseline));
  return renderPage({
    title: `turnlab: compared with ${baseline}`,
    status: "",
    verdict:
      sentences.length === 1 ? (sentences[0] ?? "") : `${plural(comparisons.length, "run")} against ${baseline}.`,
    top: sentences.length === 1 ? NOTHING_AT_ALL : list(sentences),
    main: html`${comparisons.map((one, index) => runSection(one, baseline, index, runs.length > FEW_RUNS))}
<section aria-labelledby="runs"><h2 id="runs">Runs</h2>${list(runs.map(describeRun))}
${fold(`Left out: ${skipped.length}`, list(skipped.map(({ run, reason }) => `${run}: ${reason}`)), true)}</section>
<section class="about" aria-labelledby="about"><h2 id="about">What these figures are</h2>${list(notes)}</section>`,
  });
}

function runSection(comparison: RunComparison, baseline: string, index: number, isFolded: boolean): Markup {
  const { run, setup, scenarios, onlyBefore, onlyAfter } = comparison;
  const content = html`${setupTable("Made with otherwise", setup)}
${list([
  ...(onlyBefore.length > 0 ? [`Only in the reference: ${onlyBefore.join(", ")}`] : []),
  ...(onlyAfter.length > 0 ? [`Only in this run: ${onlyAfter.join(", ")}`] : []),
])}
${scenarios.map((scenario) => scenarioPart(scenario, { run, baseline }))}`;
  const id = `run-${index + 1}`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${run}</h2>
${isFolded ? fold("What changed", content) : content}</section>`;
}

export function setupTable(caption: string, setup: readonly SetupChange[]): Markup {
  if (setup.length === 0) return html`<p>Made with the same versions and settings, as far as is told.</p>`;
  return table(
    caption,
    SETUP_HEAD.map((title) => ({ title })),
    setup.map(setupRow),
  );
}

function scenarioPart(scenario: ScenarioComparison, names: { run: string; baseline: string }): Markup {
  const { name, status, figures } = scenario;
  const cells = cellsWord(scenario);
  return html`<h3>${name} <span class="status ${status.after ?? ""}">${statusMark(status.after)} ${statusWord(status.after)}</span></h3>
${list([...verdictLines(scenario), ...(cells ? [cells] : [])])}
${connectTimesChart(scenario, names)}${differencesChart(scenario)}
${table(
  `Figures of ${name}`,
  FIGURE_HEAD.map((title, index) => ({ title, isFigure: index > 0 && index < FIGURE_HEAD.length - 1 })),
  figures.map((figure) => {
    const cells = figureRow(figure);
    return [...cells.slice(0, -1), judged(figure, cells.at(-1) ?? "")];
  }),
)}`;
}

/** As wide as a sentence takes, so that on a phone the table is wider than the screen and not a page high for each row. */
function judged({ meaning }: Figure, words: string): Markup {
  const met = meaning === null ? "" : meaning === "worse" ? "met failed" : "met passed";
  return html`<span class="${met}" style="display:inline-block;min-width:16rem">${words}</span>`;
}

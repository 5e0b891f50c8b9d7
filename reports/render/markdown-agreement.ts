import type { Agreement } from "../../lab/model/agreement.ts";
import type { Summary } from "../../lab/model/summary.ts";
import {
  describeAgreement,
  describeOutcome,
  describeTimes,
  describeUnseen,
  differingCells,
  explanations,
  unexplainedReasons,
} from "./agreement-words.ts";
import { formatCount, formatMs, oneLine } from "./format.ts";
import { escapeText, table } from "./markdown-text.ts";

/** Grids that ran with several engines: where these differ and why. Nothing where there are none. */
export function agreementBlocks({ agreement }: Pick<Summary, "agreement">): string[] {
  return agreement.length === 0 ? [] : ["## Agreement of the engines", ...agreement.flatMap(gridBlocks)];
}

const text = (said: string) => escapeText(oneLine(said));

function gridBlocks(agreement: Agreement): string[] {
  const { grid, scenarios, times } = agreement;
  const engines = Object.keys(scenarios);
  const reasons = [
    ...explanations(agreement).map((reason) => `- \\* ${text(reason)}`),
    ...unexplainedReasons(agreement).map((reason) => `- ❌ ${text(reason)}`),
    ...describeUnseen(agreement).map((unseen) => `- ⚠️ ${text(unseen)}`),
  ];
  return [
    `**${text(grid)}**: ${text(describeAgreement(agreement))}.`,
    table(
      ["Cell", "Computed", ...engines.map(text)],
      ["left", "left", ...engines.map(() => "left" as const)],
      differingCells(agreement).map((cell) => [
        text(`${cell.table}: ${cell.row} × ${cell.column}`),
        cell.expected,
        ...engines.map((engine) => text(describeOutcome(cell, engine))),
      ]),
    ),
    reasons.join("\n"),
    table(
      ["Median ms, all alike", ...engines.map(text), "Cells"],
      ["left", ...engines.map(() => "right" as const), "right"],
      times.map((time) => [
        describeTimes(time),
        ...engines.map((engine) => formatMs(time.med[engine] ?? null)),
        formatCount(time.cells),
      ]),
    ),
  ];
}

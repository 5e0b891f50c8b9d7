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
import { columns, indent, wrap } from "./columns.ts";
import { formatCount, formatMs, oneLine } from "./format.ts";
import type { Paint } from "./paint.ts";

/** Grids that ran with several engines: where these differ and why. Nothing where there are none. */
export function agreementLines({ agreement }: Pick<Summary, "agreement">, paint: Paint, width: number): string[] {
  if (agreement.length === 0) return [];
  const lines = agreement.flatMap((one, index) => [...(index > 0 ? [""] : []), ...gridLines(one, paint, width - 2)]);
  return [paint.bold("agreement of the engines"), ...indent(lines, 2), ""];
}

function gridLines(agreement: Agreement, paint: Paint, width: number): string[] {
  const text = (said: string, tint: (line: string) => string) => wrap(oneLine(said), width - 2).map(tint);
  const lines = [
    ...differenceLines(agreement, paint),
    ...explanations(agreement).flatMap((reason) => text(`* ${reason}`, paint.magenta)),
    ...unexplainedReasons(agreement).flatMap((reason) => text(`! ${reason}`, paint.red)),
    ...describeUnseen(agreement).flatMap((unseen) => text(unseen, paint.yellow)),
    ...timeLines(agreement, paint),
  ];
  return [...wrap(`${paint.bold(agreement.grid)}: ${describeAgreement(agreement)}`, width), ...indent(lines, 2)];
}

function differenceLines(agreement: Agreement, paint: Paint): string[] {
  const engines = Object.keys(agreement.scenarios);
  const rows = differingCells(agreement).map((cell) => [
    oneLine(`${cell.table}: ${cell.row} × ${cell.column}`),
    cell.expected,
    ...engines.map((engine) => {
      const outcome = describeOutcome(cell, engine);
      return outcome.endsWith("!") ? paint.red(outcome) : outcome.endsWith("*") ? paint.magenta(outcome) : outcome;
    }),
  ]);
  if (rows.length === 0) return [];
  const head = ["", "computed", ...engines].map((title) => paint.dim(title));
  return columns([head, ...rows], ["left", "left", ...engines.map(() => "left" as const)]);
}

function timeLines({ scenarios, times }: Agreement, paint: Paint): string[] {
  if (times.length === 0) return [];
  const engines = Object.keys(scenarios);
  const head = ["median ms, all alike", ...engines, "cells"].map((title) => paint.dim(title));
  const rows = times.map((time) => [
    describeTimes(time),
    ...engines.map((engine) => formatMs(time.med[engine] ?? null)),
    formatCount(time.cells),
  ]);
  return columns([head, ...rows], ["left", ...engines.map(() => "right" as const), "right"]);
}

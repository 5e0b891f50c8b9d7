import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { aftermathTable } from "./aftermath-words.ts";
import { columns, indent, wrap } from "./columns.ts";
import { describeChanges, linkMismatches, linkTable } from "./link-words.ts";
import type { Paint } from "./paint.ts";

const GAP = 2;

/** Wires with conditions, asked against measured, and what is wrong with them: a table where it fits into the width. */
export function linkLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  if (scenario.links.length === 0) return [];
  const { head, rows } = linkTable(scenario);
  const wrong = linkMismatches(scenario).flatMap((mismatch) => marked(paint.red("✗"), mismatch, width));
  const draw = (titles: readonly string[]) => columns([titles, ...rows], [...head.map(() => "left" as const)]);
  const fits = draw(head).every((line) => line.length <= width);
  const title = (text: string) => (text === "" ? "" : paint.dim(text));
  const lines = fits ? draw(head.map(title)) : rows.flatMap((row) => packedLines(head, row, paint, width));
  return [...lines, ...wrong];
}

/** One wire's row as `title value` pairs, as many on a line as fit, below each other's beginning. */
function packedLines(head: readonly string[], row: readonly string[], paint: Paint, width: number): string[] {
  const [name = "", ...values] = row;
  const room = width - GAP;
  const lines: { length: number; text: string }[] = [];
  for (const [index, value] of values.entries()) {
    if (value === "") continue;
    const title = head[index + 1] ?? "";
    const pair = { length: title.length + 1 + value.length, text: `${paint.dim(title)} ${value}` };
    const last = lines.at(-1);
    if (!last || last.length + GAP + pair.length > room) lines.push(pair);
    else {
      last.length += GAP + pair.length;
      last.text += " ".repeat(GAP) + pair.text;
    }
  }
  return [
    name,
    ...indent(
      lines.map(({ text }) => text),
      GAP,
    ),
  ];
}

/** What happened to the lab while sessions ran, and what was to happen after they had ended. */
export function changeLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const { made, missed } = describeChanges(scenario);
  return [
    ...made.flatMap((change) => wrap(change, width)),
    ...missed.flatMap((change) => marked(paint.yellow("-"), `not made, the load had ended: ${change}`, width)),
  ];
}

/** What the changes did to the calls: a table where it fits into the width. */
export function aftermathLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const { head, rows } = aftermathTable(scenario);
  if (rows.length === 0) return [];
  const [, ...titles] = head;
  const align = ["left" as const, ...titles.map(() => "right" as const)];
  const lines = columns([head, ...rows], align);
  if (lines.some((line) => line.length > width)) return rows.flatMap((row) => packedLines(head, row, paint, width));
  return columns([["", ...titles.map((title) => paint.dim(title))], ...rows], align);
}

function marked(mark: string, text: string, width: number): string[] {
  const [first = "", ...more] = wrap(text, width - 2);
  return [`${mark} ${first}`, ...indent(more, 2)];
}

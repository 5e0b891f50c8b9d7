import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { columns, indent, wrap } from "./columns.ts";
import { describeChanges, linkMismatches, linkTable } from "./link-words.ts";
import type { Paint } from "./paint.ts";

/** Wires with conditions, asked against measured, and what is wrong with them. */
export function linkLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  if (scenario.links.length === 0) return [];
  const { head, rows } = linkTable(scenario);
  const wrong = linkMismatches(scenario).flatMap((mismatch) => marked(paint.red("✗"), mismatch, width));
  const align = head.map(() => "left" as const);
  return [...columns([head.map((title) => (title === "" ? "" : paint.dim(title))), ...rows], align), ...wrong];
}

/** What happened to the lab while sessions ran, and what was to happen after they had ended. */
export function changeLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const { made, missed } = describeChanges(scenario);
  return [
    ...made.flatMap((change) => wrap(change, width)),
    ...missed.flatMap((change) => marked(paint.yellow("-"), `not made, the load had ended: ${change}`, width)),
  ];
}

function marked(mark: string, text: string, width: number): string[] {
  const [first = "", ...more] = wrap(text, width - 2);
  return [`${mark} ${first}`, ...indent(more, 2)];
}

import type { Scenario } from "../model/scenario.ts";
import type { Note } from "./draft.ts";

const WIDTH = 120;

/**
 * A scenario as the text of its file: formatted, and before each part a comment that says what of the evidence it comes from, or
 * that it is assumed. `lab`: where the file imports the lab from, relative to itself. `head`: lines above it all.
 */
export function renderScenario(
  scenario: Scenario,
  notes: readonly Note[],
  { lab, head }: { lab: string; head: readonly string[] },
): string {
  const body = renderObject(scenario, "", "", notesByPlace(notes));
  const lines = [
    ...head.flatMap((line) => comment(line, "")),
    `import { defineScenario } from ${JSON.stringify(lab)};`,
    "",
    `export default defineScenario(${body});`,
  ];
  return `${lines.join("\n")}\n`;
}

type Notes = ReadonlyMap<string, readonly Note[]>;

const notesByPlace = (notes: readonly Note[]): Notes => Map.groupBy(notes, ({ at }) => at);

function render(value: unknown, place: string, indent: string, used: number, notes: Notes): string {
  const flat = renderFlat(value);
  const isNoted = [...notes.keys()].some((at) => at.startsWith(`${place}.`));
  if (!isNoted && used + flat.length < WIDTH) return flat;
  if (Array.isArray(value)) {
    const items = value.map(
      (item) => `${indent}  ${render(item, `${place}[]`, `${indent}  `, indent.length + 2, notes)},`,
    );
    return `[\n${items.join("\n")}\n${indent}]`;
  }
  return typeof value === "object" && value !== null ? renderObject(value, place, indent, notes) : flat;
}

function renderObject(value: object, place: string, indent: string, notes: Notes): string {
  const inner = `${indent}  `;
  const lines = Object.entries(value).flatMap(([key, member]) => {
    if (member === undefined) return [];
    const at = place === "" ? key : `${place}.${key}`;
    const start = `${inner}${keyOf(key)}: `;
    const told = (notes.get(at) ?? []).flatMap(({ text, isAssumed }) =>
      comment(`${isAssumed ? "Assumed: " : ""}${isAssumed ? text : sentence(text)}`, inner),
    );
    const text = render(member, at, inner, start.length + 1, notes);
    const isLong = typeof member === "string" && start.length + text.length >= WIDTH;
    return isLong ? [...told, start.trimEnd(), `${inner}  ${text},`] : [...told, `${start}${text},`];
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function renderFlat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderFlat).join(", ")}]`;
  if (typeof value === "number")
    return value >= 1_000 ? value.toLocaleString("en-US").replaceAll(",", "_") : String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${keyOf(key)}: ${renderFlat(member)}`],
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

const keyOf = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));

/** A URL stays as it is. */
const sentence = (text: string) =>
  /^[a-z][a-z']* /.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;

/** Wrapped to the width; whatever a log holds, it stays in its comment. */
function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll(/\p{Cc}+/gu, " ").split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + word.length + 4 <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}// ${line}`);
}

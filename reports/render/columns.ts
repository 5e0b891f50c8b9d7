import Table from "cli-table3";

type Align = "left" | "right";

/** No lines, no boxes: columns and white space. */
const NO_BORDERS = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
    ["", "-mid", "-left", "-right"].map((end) => [`${side}${end}`, ""]),
  ),
);

/** Text, or text across several columns, which stands at their left. */
export type Cell = string | { content: string; colSpan: number };

/** Aligned columns two spaces apart, as lines. Colours in the cells do not count as width. */
export function columns(rows: readonly (readonly Cell[])[], align: readonly Align[]): string[] {
  if (rows.length === 0) return [];
  const table = new Table({
    chars: { ...NO_BORDERS, middle: "  " },
    colAligns: [...align],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  table.push(
    ...rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell : { ...cell, hAlign: "left" as const }))),
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** Breaks text at spaces into lines of at most `width`; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

export function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => (line === "" ? "" : " ".repeat(by) + line));
}

/** Shortens a name to `width` columns, with an ellipsis where something is missing. */
export function shorten(name: string, width: number): string {
  return name.length <= width ? name : `${name.slice(0, Math.max(1, width - 1))}…`;
}

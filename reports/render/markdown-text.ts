/** GitHub-flavoured Markdown from text that may hold anything. */

/** Text that shows as itself: no emphasis, links, HTML, mentions or table cells come out of it. */
export function escapeText(text: string): string {
  return text
    .replace(/[\\`*_[\]|#~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "&#64;");
}

/** A code span, also around backticks (CommonMark section 6.1). */
export function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const padding = longest > 0 ? " " : "";
  return `${fence}${padding}${text}${padding}${fence}`;
}

type Align = "left" | "right";

/** A table; empty text when it would have no rows. */
export function table(head: readonly string[], align: readonly Align[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  // A bare pipe ends the cell, even inside a code span.
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(align.map((side) => (side === "right" ? "---:" : "---"))), ...rows.map(line)].join("\n");
}

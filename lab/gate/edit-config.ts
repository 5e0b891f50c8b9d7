import type { ConfigEdit, LineRef } from "../model/gate-mutation.ts";

/** What does not fit the text that an edit is for, as a sentence. */
export class EditError extends Error {
  override name = "EditError";
}

/** The text after all edits, in their order. @throws EditError where a line that one names is not there just once */
export function editConfig(text: string, edits: readonly ConfigEdit[]): string {
  return edits.reduce(editOnce, text);
}

/** Numbers, from 1 on, of the lines that a reference means: whole lines of that text, else those of that option. */
export function linesOf(text: string, ref: LineRef): number[] {
  const lines = text.split("\n").map((line) => line.trim());
  const numbered = (isMeant: (line: string) => boolean) =>
    lines.flatMap((line, index) => (isMeant(line) ? [index + 1] : []));
  const whole = numbered((line) => line === ref);
  return whole.length > 0 ? whole : numbered((line) => optionOf(line) === ref);
}

function editOnce(text: string, edit: ConfigEdit): string {
  if ("text" in edit) return edit.text;
  if ("lineEndings" in edit) return text.replaceAll(/\r?\n/g, "\r\n");
  const lines = text.split("\n");
  if ("removeAll" in edit) {
    const left = lines.filter((line) => optionOf(line.trim()) !== edit.removeAll);
    if (left.length === lines.length) throw new EditError(`expected lines of ${edit.removeAll}, found none`);
    return left.join("\n");
  }
  if ("remove" in edit) return lines.toSpliced(indexOf(text, edit.remove), 1).join("\n");
  if ("replace" in edit) return lines.with(indexOf(text, edit.replace), edit.with).join("\n");
  if ("swap" in edit) {
    const [one, other] = edit.swap.map((ref) => indexOf(text, ref)) as [number, number];
    return lines
      .with(one, lines[other] ?? "")
      .with(other, lines[one] ?? "")
      .join("\n");
  }
  if (edit.after === undefined) return `${text.replace(/\n*$/, "\n")}${edit.add}\n`;
  return lines.toSpliced(indexOf(text, edit.after) + 1, 0, edit.add).join("\n");
}

function indexOf(text: string, ref: LineRef): number {
  const [number, ...others] = linesOf(text, ref);
  if (number === undefined) throw new EditError(`expected the line "${ref}", found none`);
  if (others.length > 0) throw new EditError(`expected one line "${ref}", found ${others.length + 1}`);
  return number - 1;
}

/** As coturn tells a key from its value; a comment has none. */
function optionOf(line: string): string | null {
  return line.startsWith("#") ? null : (/^[^ =\t]+/.exec(line)?.[0] ?? null);
}

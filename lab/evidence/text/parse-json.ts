import { EvidenceError } from "../reader.ts";

export type ParsedJson = {
  value: unknown;
  /** Where the text ends before its JSON does: what is whole was read. */
  isCut: boolean;
};

/** A JSON, or as much of one as there is where it was cut off. @throws EvidenceError where it is none. */
export function parseJson(name: string, text: string): ParsedJson {
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  try {
    return { value: JSON.parse(plain), isCut: false };
  } catch (error) {
    const mended = mendCut(plain);
    if (mended !== null) {
      try {
        return { value: JSON.parse(mended), isCut: true };
      } catch {
        // It is not only cut.
      }
    }
    const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
    throw new EvidenceError(
      `${name}: expected JSON, found what is damaged in its middle (${withoutContent(why)}). Save the dump again, without ` +
        "opening it in an editor.",
    );
  }
}

/** The engine quotes the text, which may hold a credential. */
const withoutContent = (why: string) => why.replace(/, ?"[\s\S]*$/, "").replace(/"[^"]{2,}"/g, "…");

/**
 * Closes what is open where a JSON stops, after the last value that is whole. Null where nothing is open, so that it was not
 * cut, or nothing whole.
 */
export function mendCut(text: string): string | null {
  const open: string[] = [];
  let wholeUpTo = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (isInString) {
      if (char === "\\") index++;
      else if (char === '"') isInString = false;
      continue;
    }
    if (char === '"') isInString = true;
    else if (char === "{" || char === "[") {
      open.push(char === "{" ? "}" : "]");
      wholeUpTo = index + 1;
    } else if (char === "}" || char === "]") {
      if (open.pop() !== char) return null;
      wholeUpTo = index + 1;
    } else if (char === ",") wholeUpTo = index;
  }
  // Since the last whole value nothing was closed, and what was opened since then was itself whole.
  return open.length === 0 || wholeUpTo === 0 ? null : text.slice(0, wholeUpTo) + open.reverse().join("");
}

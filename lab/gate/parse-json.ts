import type { Fault } from "../scenario/fault.ts";

/** A file's JSON. What is wrong with it is told without the words around, which may be a credential. */
export function parseJson(text: string, what: string): { value: unknown } | { fault: Fault } {
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, "")) };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
    const place = line === undefined ? "(file)" : `line ${line}, column ${column}`;
    const found = text.trim() === "" ? "an empty file" : "text that is no JSON";
    return { fault: { place, expected: `${what} in JSON`, found } };
  }
}

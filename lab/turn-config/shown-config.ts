import { nearest } from "../model/nearest.ts";
import { KNOWN_OPTIONS } from "./known-options.ts";
import { parseConfig } from "./parse-config.ts";
import { isPlainUnder, maskSecrets, SECRET_KINDS, secretsOf } from "./secrets.ts";

/**
 * Files of one kind as a report may show them, line by line as they are numbered: in the place of a secret stands a word, the same in all of
 * them for the same one, so that a change of it is seen. Of comments, which may hold what once opened something, nothing but the sign is left.
 */
export function shownConfigs(texts: readonly string[]): string[][] {
  const words = new Map<string, string>();
  const wordFor = (secret: string): string => {
    const word = words.get(secret) ?? `<secret ${words.size + 1}>`;
    words.set(secret, word);
    return word;
  };
  const all = texts.flatMap((text) => secretsOf(parseConfig(text)));
  return texts.map((text) => {
    const shown = text.split("\n").map((line): string => (line.trimStart().startsWith("#") ? "#" : ""));
    for (const { number, key, value, isBare } of parseConfig(text)) {
      // A secret that stands under another key, too, is one there.
      const text = maskSecrets(shownValue(key, value, wordFor), all);
      shown[number - 1] = isBare ? shownKey(key, wordFor) : `${shownKey(key, wordFor)}=${text}`;
    }
    // What is behind the last line's end is no line.
    return shown.at(-1) === "" ? shown.slice(0, -1) : shown;
  });
}

/** Of one file the lines alone that coturn reads, as `shownConfigs` shows them. */
export const shownOptions = (text: string): string[] =>
  shownConfigs([text]).flatMap((lines) => lines.filter((line) => line !== "" && line !== "#"));

/** A line without a separator that coturn does not know may be a secret that was pasted there. */
const shownKey = (key: string, wordFor: (secret: string) => string) => {
  const option = Object.hasOwn(KNOWN_OPTIONS, key) ? key : nearest(key, Object.keys(KNOWN_OPTIONS));
  return option === undefined ? wordFor(key) : key;
};

function shownValue(key: string, value: string, wordFor: (secret: string) => string): string {
  if (value === "") return value;
  const kind = KNOWN_OPTIONS[key]?.kind;
  if (kind === "user") {
    const at = value.indexOf(":") + 1;
    return `${value.slice(0, at)}${wordFor(value.slice(at).trim())}`;
  }
  if (kind !== undefined) return SECRET_KINDS.includes(kind) ? wordFor(value) : value;
  return isPlainUnder(nearest(key, Object.keys(KNOWN_OPTIONS)), value) ? value : wordFor(value);
}

import type { CheckFinding } from "../../model/check.ts";
import { didYouMean } from "../../model/nearest.ts";
import { shown } from "../finding.ts";
import { KNOWN_OPTIONS } from "../known-options.ts";
import type { Word } from "./server-source.ts";
import { sourceFinding } from "./source-rules.ts";

/** An option that a command line gives, under its long name. */
export type ServerArgument = { key: string; value: string; isBare: boolean; line: number; isKnown: boolean };

export type ReadArguments = {
  arguments: ServerArgument[];
  /** `-c FILE`; the last one counts. */
  configFile: { path: string; line: number } | null;
  /** `-n`. */
  isConfigFileOff: boolean;
  findings: CheckFinding[];
};

const SHORT = new Map(
  Object.entries(KNOWN_OPTIONS).flatMap(([key, { short }]) => (short === undefined ? [] : [[short, key] as const])),
);
const CONFIG_FILE = "c";
const NO_CONFIG_FILE = "n";
/** Print something and end. */
const LONG_ENDINGS = ["version", "help"];

/**
 * turnserver's arguments as getopt_long takes them (coturn: `long_options`, OPTIONS and `read_config_file` in
 * src/apps/relay/mainrelay.c, 4.17.1): `--key=value`, `--key value` where a value has to be, unambiguous beginnings of a
 * key, short forms together; what is left over is logged and ignored. An unknown one ends it.
 */
export function readArguments(file: string, words: readonly Word[]): ReadArguments {
  const read: ReadArguments = { arguments: [], configFile: null, isConfigFileOff: false, findings: [] };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.text === "--") {
      read.findings.push(...rest.map((left) => ignored(file, left, null)));
      break;
    }
    if (word.text.startsWith("--")) readLong(file, word, rest, read);
    else if (/^-./s.test(word.text)) readShort(file, word, rest, read);
    else if (word.text !== "" && word.isKnown)
      read.findings.push(ignored(file, word, read.arguments.at(-1)?.key ?? null));
  }
  return read;
}

function readLong(file: string, word: Word, rest: Word[], read: ReadArguments): void {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word.text) ?? [];
  const key = longName(name);
  if (key === null) {
    // What the machine alone knows may be any option.
    if (word.isKnown || /^--[\w-]+=/.test(word.text)) read.findings.push(unknown(file, word, name));
    return;
  }
  if (LONG_ENDINGS.includes(key)) return;
  take(file, { word, key, value: value ?? null }, rest, read);
}

/** GNU getopt takes every beginning that fits one key alone. */
function longName(name: string): string | null {
  if (Object.hasOwn(KNOWN_OPTIONS, name) || LONG_ENDINGS.includes(name)) return name;
  const fitting = [...Object.keys(KNOWN_OPTIONS), ...LONG_ENDINGS].filter((key) => key.startsWith(name));
  return name !== "" && fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** Short forms may stand together; the first that takes a value takes what is left of the word, or the next one. */
function readShort(file: string, word: Word, rest: Word[], read: ReadArguments): void {
  const letters = word.text.slice(1);
  for (let index = 0; index < letters.length; index += 1) {
    const letter = letters[index] ?? "";
    const value = letters.slice(index + 1);
    if (letter === NO_CONFIG_FILE) read.isConfigFileOff = true;
    else if (letter === CONFIG_FILE) {
      const path = value === "" ? rest.shift() : { ...word, text: value };
      if (path) read.configFile = { path: path.text, line: path.line };
      else read.findings.push(valueless(file, word, "-c", null));
      return;
    } else if (letter !== "h") {
      const key = SHORT.get(letter);
      if (key === undefined) {
        read.findings.push(unknown(file, word, letter));
        return;
      }
      const takesRest = takesValue(key);
      take(file, { word, key, value: takesRest && value !== "" ? value : null }, rest, read);
      if (takesRest) return;
    }
  }
}

type Given = { word: Word; key: string; value: string | null };

function take(file: string, { word, key, value }: Given, rest: Word[], read: ReadArguments): void {
  if (value !== null || !takesValue(key)) {
    const { line, isKnown } = word;
    read.arguments.push({ key, value: value ?? "", isBare: value === null, line, isKnown });
    return;
  }
  const next = rest.shift();
  if (next) read.arguments.push({ key, value: next.text, isBare: false, line: next.line, isKnown: next.isKnown });
  else read.findings.push(valueless(file, word, `--${key}`, key));
}

const WITHOUT_VALUE: readonly string[] = ["flag", "switch", "nothing"];

/** The next word is its value, whatever that is; others take one behind `=` alone. */
function takesValue(key: string): boolean {
  const { kind = "text", isValueOptional = false } = KNOWN_OPTIONS[key] ?? {};
  // The file's parser lets it go without one, and the command line's does not.
  if (key === "prometheus-port") return true;
  // `K:` stands in OPTIONS, whatever the long form takes.
  return !isValueOptional && !WITHOUT_VALUE.includes(kind);
}

function unknown(file: string, { line }: Word, name: string): CheckFinding {
  const isName = /^[-\w]{1,48}$/.test(name);
  const { hint } = didYouMean(name, Object.keys(KNOWN_OPTIONS));
  const meant = /"(.*)"/.exec(hint ?? "")?.[1];
  return sourceFinding("unknown-argument", {
    file,
    line,
    expected: "an option of coturn",
    // What is no name may be half of a password.
    found: isName ? shown(name.length === 1 ? `-${name}` : `--${name}`) : "an argument that is none",
    reason: "coturn says which options there are, and does not start.",
    fix: meant === undefined ? null : `--${meant}`,
    affects: "all users",
  });
}

function valueless(file: string, { line }: Word, name: string, option: string | null): CheckFinding {
  return sourceFinding("argument-without-value", {
    file,
    line,
    option,
    expected: `a value for ${name}`,
    found: "the end of the command line",
    reason: "coturn says which options there are, and does not start.",
    affects: "all users",
  });
}

function ignored(file: string, { line, text }: Word, before: string | null): CheckFinding {
  const isOptional = before !== null && KNOWN_OPTIONS[before]?.isValueOptional === true;
  return sourceFinding("argument-ignored", {
    file,
    line,
    option: before,
    expected: "an option, or the value of one that takes it from the next word",
    found: before === null ? "another word" : `another word behind --${before}`,
    reason: `coturn logs "Unknown argument" and goes on without it${isOptional ? `: --${before} takes its value behind = alone` : ""}.`,
    // A number is no secret, and nothing else can stand there.
    fix: isOptional ? `--${before}=${/^\d+$/.test(text) ? text : "VALUE"}` : null,
  });
}

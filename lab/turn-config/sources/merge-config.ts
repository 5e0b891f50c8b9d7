import type { CheckFinding } from "../../model/check.ts";
import { KNOWN_OPTIONS } from "../known-options.ts";
import { parseConfig } from "../parse-config.ts";
import type { ServerArgument } from "./read-arguments.ts";
import type { Place, ServerSource } from "./server-source.ts";
import { sourceFinding } from "./source-rules.ts";

/** A configuration file and the arguments beside it as one text, with the place of each of its lines. */
export type MergedConfig = {
  text: string;
  /** Of line N at N - 1. */
  places: Place[];
  /** Options whose value only the machine that runs the server knows; in the text a placeholder stands for it. */
  openOptions: ReadonlySet<string>;
  openLines: ReadonlySet<number>;
  findings: CheckFinding[];
};

/** These are taken from the arguments first and from the file afterwards (coturn: `main`, 4.17.1). */
const FILE_WINS: readonly string[] = [
  "log-file",
  "no-stdout-log",
  "syslog",
  "syslog-facility",
  "simple-log",
  "log-min-level",
  "new-log-timestamp",
  "new-log-timestamp-format",
];

/** In the place of a value that is known only where the server runs: a placeholder, as of a template. */
const OPEN_VALUE = "<known-at-run-time>";

/**
 * As coturn takes both: the file first and the arguments behind it, so that of an option that counts once the argument
 * does. The line of the file that it undoes is left out, and told.
 */
export function mergeConfig(source: ServerSource, config: { file: string; text: string } | null): MergedConfig {
  const lines = config ? config.text.split("\n") : [];
  const fileLines = config ? parseConfig(config.text) : [];
  const findings: CheckFinding[] = [];
  const given: ServerArgument[] = [];
  for (const argument of source.arguments) {
    const option = optionOf(argument.key);
    const inFile = fileLines.filter(({ key }) => optionOf(key) === option);
    if (inFile.length > 0 && FILE_WINS.includes(option)) continue;
    given.push(argument);
    if (KNOWN_OPTIONS[option]?.isList) continue;
    for (const line of inFile) {
      lines[line.number - 1] = "";
      if (config && line.value !== argument.value)
        findings.push(
          overridden({ file: config.file, line: line.number }, option, { file: source.file, line: argument.line }),
        );
    }
  }
  const open = given.filter(isOpen);
  const added = given.map((argument) => ({ text: lineOf(argument), line: argument.line }));
  return {
    text: [...lines, ...added.map(({ text }) => text)].join("\n"),
    places: [
      ...lines.map((_, index) => ({ file: config?.file ?? source.file, line: index + 1 })),
      ...added.map(({ line }) => ({ file: source.file, line })),
    ],
    openLines: new Set(given.flatMap((argument, index) => (isOpen(argument) ? [lines.length + index + 1] : []))),
    openOptions: new Set(open.map(({ key }) => optionOf(key))),
    findings: [...findings, ...open.flatMap((argument) => openValue(source.file, argument))],
  };
}

const optionOf = (key: string) => KNOWN_OPTIONS[key]?.aliasOf ?? key;

const VARIABLE = /\$\{([A-Za-z_]\w*)\}/;

/** A command gives it, or a variable that nobody has given a value. */
function isOpen({ value, isKnown }: ServerArgument): boolean {
  return !isKnown || VARIABLE.test(value);
}

/** An argument as a line of a file that coturn would read the same. */
function lineOf(argument: ServerArgument): string {
  const { key, value, isBare } = argument;
  const kind = KNOWN_OPTIONS[key]?.kind;
  if (isOpen(argument)) return kind === "user" ? `${key}=someone:${OPEN_VALUE}` : `${key}=${OPEN_VALUE}`;
  if (isBare) return key;
  const flat = value.replace(/[\r\n]+/g, " ");
  // What a file would take off its ends.
  return /^[ =\t"]|\s$/.test(flat) ? `${key}="${flat}"` : `${key}=${flat}`;
}

function overridden(place: Place, option: string, by: Place): CheckFinding {
  return sourceFinding("argument-overrides-file", {
    ...place,
    option,
    expected: `${option} in one place`,
    found: "it in the arguments as well, with another value",
    reason: `The argument wins: ${by.file}:${by.line}.`,
  });
}

/** That secrets stand elsewhere is as it should be. */
function openValue(file: string, { key, value, line }: ServerArgument): CheckFinding[] {
  const kind = KNOWN_OPTIONS[key]?.kind ?? "";
  const variable = VARIABLE.exec(value)?.[1];
  if (["secret", "user", "database"].includes(kind)) return [];
  const how = variable === undefined ? "" : ` Give it with --set ${variable}=VALUE, or in an --env-file.`;
  return [
    sourceFinding("value-known-at-run-time", {
      file,
      line,
      option: optionOf(key),
      expected: `a value of ${key} that can be read`,
      found:
        variable === undefined ? "one that a command or the caller gives" : `the variable ${variable}, without a value`,
      reason: `Nothing is run here: what depends on it is not checked.${how}`,
    }),
  ];
}

import { didYouMean } from "../model/nearest.ts";
import { configFindings } from "./config-findings.ts";
import type { Finding } from "./finding.ts";
import { optionFindings } from "./option-findings.ts";
import { type ConfigLine, parseConfig } from "./parse-config.ts";
import { fillPlaceholders, findPlaceholders, type Placeholder } from "./placeholders.ts";
import { secretsOf } from "./secrets.ts";
import { type ServerFacts, serverFacts } from "./server-facts.ts";
import { readPlace } from "./server-place.ts";
import { Settings } from "./settings.ts";

/** A file of the machine that a turnserver.conf was written for, such as its certificate; may hold a key. */
export type GivenFile = {
  /** Absolute, as the server opens it. */
  path: string;
  content: Buffer;
  /** As the user named it. */
  file: string;
};

/** A turnserver.conf that can be run. Holds its secrets: nothing of it but `file`, names, warnings and what `shownOptions` leaves may be logged. */
export type TurnConfig = {
  /** As the user named it. */
  file: string;
  /** For the container: the user's bytes, with placeholders filled. */
  text: string;
  facts: ServerFacts;
  /** Placeholders that were given a value, by name. */
  filled: string[];
  /** Those that the lab made a secret for. */
  invented: { name: string; line: number }[];
  warnings: Finding[];
  /** What it names and somebody has given; for the rest the lab has files of its own. */
  files?: readonly GivenFile[];
  /** Every secret in it: to be masked wherever the server's own words are shown. */
  secrets: string[];
};

export type ConfigInput = {
  file: string;
  text: string;
  /** What placeholders stand for, by name. */
  values: ReadonlyMap<string, string>;
  /** Of the coturn that will read it; null where nobody knows. */
  version: string | null;
  /** A secret that nobody has used before, for the placeholder of this name; only letters, digits, `-` and `_`. */
  makeSecret: (name: string) => string;
  /** Reads it as coturn does, which goes on over most faults and ends over the others. Default: a fault is the end. */
  goesOn?: boolean;
};

export type ReadConfig = {
  /** Null where there is a fault among the findings. */
  config: TurnConfig | null;
  findings: Finding[];
  /** Names of all placeholders, for those who gave values. */
  placeholders: string[];
  /** Of the findings: without which nothing can be read, what in its addresses fits no machine, and what no lab has. */
  unread: Finding[];
  misplaced: Finding[];
  limits: Finding[];
};

/** Reads, fills and checks a turnserver.conf; every finding at once. Pure but for `makeSecret`. */
export function readConfig({ file, text, values, version, makeSecret, goesOn = false }: ConfigInput): ReadConfig {
  const template = parseConfig(text);
  const placeholders = findPlaceholders(template);
  const invented = distinct(placeholders.filter(({ name, isSecret }) => isSecret && !values.has(name)));
  const all = new Map([...values, ...invented.map(({ name }) => [name, makeSecret(name)] as const)]);
  const missing = placeholders.filter(({ name }) => !all.has(name));
  const filledText = fillPlaceholders(text, template, all);
  const lines = parseConfig(filledText);

  const isOpen = new Set(missing.map(({ line }) => line));
  const own = lines.filter(({ number }) => !isOpen.has(number)).flatMap((line) => optionFindings(line, version));
  // What is to be filled or mended is known only afterwards: rules over the whole file leave it out.
  const isUnsound = new Set([...isOpen, ...own.filter(isFault).map(({ line }) => line)]);
  const settings = new Settings(lines.filter(({ number }) => !isUnsound.has(number)));
  const { place, findings: misplaced, limits } = readPlace(settings);
  const facts = serverFacts(settings, place);
  const unread = [...missing.map((placeholder) => missingFinding(placeholder, values)), ...emptyFindings(lines)];
  const findings = [
    ...unread,
    ...own,
    ...misplaced,
    ...limits,
    ...configFindings(settings, facts.credential, version),
  ].toSorted((a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY));
  const names = [...new Set(placeholders.map(({ name }) => name))];
  const told = { findings, placeholders: names, unread, misplaced: misplaced.filter(isFault), limits };
  if ((goesOn ? unread : findings).some(isFault)) return { config: null, ...told };
  const config: TurnConfig = {
    file,
    text: filledText,
    facts,
    filled: names.filter((name) => values.has(name)),
    invented: invented.map(({ name, line }) => ({ name, line })),
    warnings: findings.filter((finding) => !isFault(finding)),
    secrets: secretsOf(lines),
  };
  return { config, ...told };
}

function isFault({ severity }: Finding): boolean {
  return severity === "fault";
}

function missingFinding({ name, text, line, key }: Placeholder, values: ReadonlyMap<string, string>): Finding {
  const { hint } = didYouMean(name, [...values.keys()]);
  return {
    rule: "placeholder",
    severity: "fault",
    line,
    expected: `a value for ${key}`,
    found: `the placeholder ${text}`,
    hint: `${hint === undefined ? "" : `${hint} `}Fill it with --set "${name}=VALUE", or with ${name}=VALUE in an --env-file.`,
  };
}

/** A file without any option is hardly meant to be one. */
function emptyFindings(lines: readonly ConfigLine[]): Finding[] {
  if (lines.length > 0) return [];
  return [
    { rule: "empty-file", severity: "fault", line: null, expected: "a turnserver.conf", found: "no line but comments" },
  ];
}

function distinct(placeholders: readonly Placeholder[]): Placeholder[] {
  return placeholders.filter(({ name }, index) => placeholders.findIndex((other) => other.name === name) === index);
}

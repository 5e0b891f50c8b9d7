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

/** A turnserver.conf that can be run. Holds its secrets: nothing of it but `file`, names and warnings may be logged. */
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
  /** A secret that nobody has used before; only letters, digits, `-` and `_`. */
  makeSecret: () => string;
};

export type ReadConfig = {
  /** Null where there is a fault among the findings. */
  config: TurnConfig | null;
  findings: Finding[];
  /** Names of all placeholders, for those who gave values. */
  placeholders: string[];
};

/** Reads, fills and checks a turnserver.conf; every finding at once. Pure but for `makeSecret`. */
export function readConfig({ file, text, values, version, makeSecret }: ConfigInput): ReadConfig {
  const template = parseConfig(text);
  const placeholders = findPlaceholders(template);
  const invented = distinct(placeholders.filter(({ name, isSecret }) => isSecret && !values.has(name)));
  const all = new Map([...values, ...invented.map(({ name }) => [name, makeSecret()] as const)]);
  const missing = placeholders.filter(({ name }) => !all.has(name));
  const filledText = fillPlaceholders(text, template, all);
  const lines = parseConfig(filledText);

  const isOpen = new Set(missing.map(({ line }) => line));
  const own = lines.filter(({ number }) => !isOpen.has(number)).flatMap((line) => optionFindings(line, version));
  // What is to be filled or mended is known only afterwards: rules over the whole file leave it out.
  const isUnsound = new Set([...isOpen, ...own.filter(isFault).map(({ line }) => line)]);
  const settings = new Settings(lines.filter(({ number }) => !isUnsound.has(number)));
  const { place, findings: placeFindings } = readPlace(settings);
  const facts = serverFacts(settings, place);
  const findings = [
    ...missing.map((placeholder) => missingFinding(placeholder, values)),
    ...own,
    ...placeFindings,
    ...configFindings(settings, facts.credential, version),
    ...emptyFindings(lines),
  ].toSorted((a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY));
  const names = [...new Set(placeholders.map(({ name }) => name))];
  if (findings.some(isFault)) return { config: null, findings, placeholders: names };
  const config: TurnConfig = {
    file,
    text: filledText,
    facts,
    filled: names.filter((name) => values.has(name)),
    invented: invented.map(({ name, line }) => ({ name, line })),
    warnings: findings,
    secrets: secretsOf(lines),
  };
  return { config, findings, placeholders: names };
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

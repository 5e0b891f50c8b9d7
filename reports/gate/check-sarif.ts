import { createHash } from "node:crypto";
import type { Fix, Log, PhysicalLocation, Replacement, ReportingDescriptor, Result } from "sarif";
import type { CheckFinding, CheckSeverity } from "../../lab/model/check.ts";
import type { CheckReport } from "../../lab/model/check-report.ts";
import { ADDING_OPTIONS, optionsOfLines } from "./config-line.ts";

const LEVELS = { error: "error", warning: "warning", note: "note" } as const satisfies Record<CheckSeverity, string>;
const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** SARIF 2.1.0, as code scanning takes it: every rule with its help, every finding with its line and, where it is one line, its fix. */
export function renderCheckSarif({ turnlab, rules, findings, files }: CheckReport): string {
  const configs = new Set(files.flatMap(({ file, kind, read }) => (kind === "turnserver.conf" ? [file] : read)));
  const results = withFingerprints(findings, (finding) => ({
    ruleId: finding.rule,
    ...indexOf(rules, finding.rule),
    level: LEVELS[finding.severity],
    message: { text: messageOf(finding) },
    locations: [{ physicalLocation: locationOf(finding) }],
    ...(configs.has(finding.file) ? fixesOf(finding) : {}),
  }));
  const driver = { name: "turnlab check", semanticVersion: turnlab, rules: rules.map(descriptorOf) };
  const log: Log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "utf16CodeUnits", results }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function indexOf(rules: CheckReport["rules"], rule: string): { ruleIndex?: number } {
  const index = rules.findIndex(({ id }) => id === rule);
  return index === -1 ? {} : { ruleIndex: index };
}

function descriptorOf({ id, severity, title, url }: CheckReport["rules"][number]): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: title },
    help: { text: url === undefined ? title : `${title} See ${url}` },
    ...(url === undefined ? {} : { helpUri: url }),
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function messageOf({ expected, found, reason, fix, affects }: CheckFinding): string {
  const sentences = [
    `Expected ${expected}; found ${found}.`,
    reason,
    ...(fix === null ? [] : [`To change: ${fix}`]),
    ...(affects === null ? [] : [`Affects ${affects}.`]),
  ];
  return sentences.filter((text) => text !== "").join("\n");
}

/** Code scanning wants a line: what is nowhere is shown at the first. */
function locationOf({ file, line }: CheckFinding): PhysicalLocation {
  return { artifactLocation: { uri: uriOf(file) }, region: { startLine: line ?? 1 } };
}

/** A URI reference (RFC 3986); a path that begins with a scheme or a name that has a colon must not become one. */
function uriOf(file: string): string {
  const path = file
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/");
  return file.startsWith("/") ? `file://${path}` : path.replace(/^(\.\/)+/, "");
}

/** A line of the same option is replaced, what adds to others is put before it, and what no line has before the first. */
function fixesOf(finding: CheckFinding): { fixes?: Fix[] } {
  const { file, line, fix } = finding;
  const options = fix === null ? null : optionsOfLines(fix);
  if (fix === null || options === null) return {};
  const replacement = replacementOf(finding, fix, options);
  if (replacement === null) return {};
  const change = { artifactLocation: { uri: uriOf(file) }, replacements: [replacement] };
  return { fixes: [{ description: { text: line === null ? `Add ${fix}` : fix }, artifactChanges: [change] }] };
}

/** Rules about what one line says; others may name a line only because it is the nearest. */
const OF_ONE_LINE = /^(unknown-option|range|address)/;

function replacementOf(
  { line, rule, option }: CheckFinding,
  fix: string,
  options: readonly string[],
): Replacement | null {
  const isAdding = options.every((key) => ADDING_OPTIONS.includes(key));
  if (line === null || (isAdding && !OF_ONE_LINE.test(rule))) {
    const at = line ?? 1;
    return {
      deletedRegion: { startLine: at, startColumn: 1, endLine: at, endColumn: 1 },
      insertedContent: { text: `${fix}\n` },
    };
  }
  const isSame = options.length === 1 && (options[0] === option || rule === "unknown-option");
  return isSame ? { deletedRegion: { startLine: line }, insertedContent: { text: fix } } : null;
}

/** The same finding keeps its fingerprint wherever its line moves; several alike in one file are counted. */
function withFingerprints(findings: readonly CheckFinding[], resultOf: (finding: CheckFinding) => Result): Result[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const { rule, file, option, expected, found } = finding;
    const identity = JSON.stringify([rule, uriOf(file), option, ...[expected, found].map(withoutLines)]);
    const count = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, count);
    const hash = createHash("sha256").update(identity).digest("hex").slice(0, 32);
    // The one name that GitHub reads.
    return { ...resultOf(finding), partialFingerprints: { primaryLocationLineHash: `${hash}:${count}` } };
  });
}

const withoutLines = (text: string) => text.replace(/\b(line |:)\d+/gi, "$1N");

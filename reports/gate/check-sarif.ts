import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Fix, Log, PhysicalLocation, Replacement, ReportingDescriptor, Result } from "sarif";
import type { CheckFinding, CheckSeverity } from "../../lab/model/check.ts";
import type { CheckReport } from "../../lab/model/check-report.ts";
import { ADDING_OPTIONS, optionsOfLines } from "./config-line.ts";
import { inRepository, type Places } from "./gate-annotations.ts";

const LEVELS = { error: "error", warning: "warning", note: "note" } as const satisfies Record<CheckSeverity, string>;
const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** SARIF 2.1.0, as code scanning takes it: every rule with its help, every finding with its line and, where it is one line, its fix. */
export function renderCheckSarif({ turnlab, rules, findings, files }: CheckReport, places: Places): string {
  const uriOf = (file: string) => uriIn(file, places);
  const configs = new Set(files.flatMap(({ file, kind, read }) => (kind === "turnserver.conf" ? [file] : read)));
  const results = withFingerprints(findings, (finding) => ({
    ruleId: finding.rule,
    ...indexOf(rules, finding.rule),
    level: LEVELS[finding.severity],
    message: { text: messageOf(finding) },
    locations: [{ physicalLocation: locationOf(finding, uriOf(finding.file)) }],
    ...(configs.has(finding.file) ? fixesOf(finding, uriOf(finding.file)) : {}),
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
function locationOf({ line }: CheckFinding, uri: string): PhysicalLocation {
  return { artifactLocation: { uri }, region: { startLine: line ?? 1 } };
}

/** From the repository's root, as code scanning has it; a URI of its own where the file lies outside (RFC 3986, RFC 8089). */
function uriIn(file: string, places: Places): string {
  const path = inRepository(file, places);
  const encoded = (path ?? resolve(places.cwd, file)).split("/").map(encodeURIComponent).join("/");
  return path === null ? `file://${encoded}` : encoded;
}

/** A line of the same option is replaced, what adds to others is put before it, and what no line has before the first. */
function fixesOf(finding: CheckFinding, uri: string): { fixes?: Fix[] } {
  const { line, fix } = finding;
  const options = fix === null ? null : optionsOfLines(fix);
  // What is masked or left open is nothing that a program could put in.
  if (fix === null || options === null || /\*\*\*|…/.test(fix)) return {};
  const replacement = replacementOf(finding, fix, options);
  if (replacement === null) return {};
  const change = { artifactLocation: { uri }, replacements: [replacement] };
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
    const { rule, option, expected, found } = finding;
    const result = resultOf(finding);
    const uri = result.locations?.[0]?.physicalLocation?.artifactLocation?.uri;
    const identity = JSON.stringify([rule, uri, option, ...[expected, found].map(withoutLines)]);
    const count = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, count);
    const hash = createHash("sha256").update(identity).digest("hex").slice(0, 32);
    // The one name that GitHub reads.
    return { ...result, partialFingerprints: { primaryLocationLineHash: `${hash}:${count}` } };
  });
}

const withoutLines = (text: string) => text.replace(/\b(line |:)\d+/gi, "$1N");

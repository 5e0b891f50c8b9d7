import type { GateFinding, ToldFinding } from "../model/gate.ts";
import { KNOWN_OPTIONS } from "../turn-config/known-options.ts";
import { rankOf } from "./place-findings.ts";

/** Options that are one thing to whoever changes them. */
const ONE_THING: readonly (readonly string[])[] = [
  ["cert", "pkey"],
  ["min-port", "max-port"],
  ["use-auth-secret", "static-auth-secret"],
];

/** A hole of a version is told as such, whatever else its change would mend. */
const KNOWN_HOLE = /^(cve|ghsa)-/;
/** Nobody in particular: not worth naming beside somebody. */
const NOBODY = "whoever runs the server";

/**
 * What one change mends is one finding, with the others beside it: those that fail first, then what weighs most, says what to
 * change, and was found first. What fails is joined by what is only noted, never by what was already there. Pure.
 */
export function foldFindings(findings: readonly ToldFinding[]): GateFinding[] {
  const order = findings.toSorted(
    (a, b) =>
      Number(b.verdict === "fails") - Number(a.verdict === "fails") ||
      rankOf(a.severity) - rankOf(b.severity) ||
      linesOf(b).length - linesOf(a).length,
  );
  const groups: ToldFinding[][] = [];
  for (const finding of order) {
    const own = groups.find(([lead]) => lead && isOneVerdict(lead, finding) && isOneCause(lead, finding));
    if (own) own.push(finding);
    else groups.push([finding]);
  }
  const folded = groups.flatMap(([lead, ...also]) => (lead ? [joined(lead, also)] : []));
  return folded.toSorted((a, b) => findings.findIndex(isOf(a)) - findings.findIndex(isOf(b)));
}

const isOf = ({ key, verdict }: ToldFinding) => {
  return (finding: ToldFinding) => finding.key === key && finding.verdict === verdict;
};

function isOneVerdict(lead: ToldFinding, { verdict }: ToldFinding): boolean {
  return lead.verdict === verdict || (lead.verdict === "fails" && verdict === "noted");
}

function isOneCause(lead: ToldFinding, finding: ToldFinding): boolean {
  if (KNOWN_HOLE.test(lead.rule) || KNOWN_HOLE.test(finding.rule)) return false;
  const [lines, own] = [linesOf(lead), linesOf(finding)];
  // Of lines that add to each other, those that the other change has as well.
  if (own.length > 0 && own.every((line) => lines.includes(line))) return true;
  const cause = causeOf(finding);
  return cause !== null && cause === causeOf(lead);
}

/** The option that the change is one of, where its last line counts, else the line at fault; null: nothing says. */
function causeOf(finding: ToldFinding): string | null {
  const [first] = linesOf(finding);
  const option = first === undefined ? finding.option : optionOf(first);
  if (option !== null && !KNOWN_OPTIONS[option]?.isList) {
    return ONE_THING.find((options) => options.includes(option))?.join(" ") ?? option;
  }
  const { line } = finding.place;
  return line === null || first !== undefined ? null : `line ${line}`;
}

/** Lines for the file that the change consists of; none where it is told in words. */
function linesOf({ fix }: ToldFinding): string[] {
  const lines = (fix ?? "").split("\n");
  return lines.every((line) => KNOWN_OPTIONS[optionOf(line)] !== undefined && !/\s/.test(line)) ? lines : [];
}

const optionOf = (line: string) => line.replace(/=.*$/, "");

function joined(lead: ToldFinding, also: ToldFinding[]): GateFinding {
  const alike = also.filter(({ verdict }) => verdict === lead.verdict);
  // Calls say in the same breath what becomes of whom.
  const hit = [lead, ...(lead.layer === "calls" ? [] : alike.filter(({ layer }) => layer !== "calls"))];
  const named = hit.map(({ affects }) => affects).filter((affects) => affects !== NOBODY);
  const lines = linesOf(lead);
  const further = alike
    .flatMap(linesOf)
    .filter((line) => lines.length > 0 && lines.every((other) => optionOf(other) !== optionOf(line)));
  return {
    ...lead,
    affects: named.length === 0 ? lead.affects : [...new Set(named)].join("; "),
    fix: further.length === 0 ? lead.fix : [...lines, ...new Set(further)].join("\n"),
    also,
  };
}

import {
  GATE_LAYERS,
  GATE_SCHEMA_VERSION,
  type GateFacts,
  type GateFinding,
  type GateLayer,
  type GateReport,
  type GateSideFacts,
  type GateStatus,
  type ToldFinding,
} from "../model/gate.ts";
import { cellFindings } from "./cell-findings.ts";
import { cellResults } from "./cell-results.ts";
import { checkFindings } from "./check-findings.ts";
import { deliveryFindings } from "./delivery-findings.ts";
import { differenceFindings, gateDifferences } from "./differences.ts";
import { foldFindings } from "./fold-findings.ts";
import { severityOf, verdictOf as verdictFor } from "./place-findings.ts";
import { probeFindings } from "./probe-findings.ts";

const NO_SIDE: GateSideFacts = {
  server: { file: "", image: null, version: null },
  checks: [],
  start: null,
  probes: [],
  memoryPerAllocation: [],
  calls: [],
  disturbed: [],
  lines: {},
};

/** Facts in, verdict out; also of a gate that is still running. Pure. */
export function judgeGate(facts: GateFacts): GateReport {
  const { candidate = NO_SIDE, baseline } = facts.sides;
  const cells = cellResults(facts);
  const differences = gateDifferences(facts, cells);
  const lost = cellFindings(cells, candidate, facts);
  // Calls that fail say themselves that fewer succeed, and better.
  const told = lost.some(({ verdict }) => verdict === "fails")
    ? differences.filter(({ metric }) => metric !== "success")
    : differences;
  const found = [
    ...checkFindings(candidate, baseline, facts.profile),
    ...probeFindings(candidate, baseline, facts.profile),
    ...lost,
    ...(baseline ? differenceFindings(told, candidate) : deliveryFindings(facts)),
  ]
    .flatMap((finding) => asSet(finding, facts.profile))
    .map((finding) => underStrict(finding, facts.strict))
    .map((finding) => leftOut(finding, facts))
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const findings = foldFindings(found);
  const status = statusOf(facts, { findings, cells, differences });
  return {
    schemaVersion: GATE_SCHEMA_VERSION,
    runId: facts.runId,
    status,
    verdict: verdictOf(status, facts, { findings, cells, differences }),
    startedAt: new Date(facts.startedAt).toISOString(),
    durationMs: facts.durationMs,
    harness: facts.harness,
    strict: facts.strict,
    leftOut: [...facts.leftOut],
    candidate: candidate.server,
    baseline: baseline?.server ?? null,
    profile: facts.profile,
    end: facts.end,
    layers: Object.fromEntries(
      GATE_LAYERS.map((layer) => {
        const durationMs = facts.layerMs[layer];
        return [layer, durationMs === undefined ? null : { durationMs }];
      }),
    ) as GateReport["layers"],
    findings,
    cells,
    differences,
    probes: { candidate: candidate.probes, baseline: baseline?.probes ?? [] },
    notes: facts.notes,
  };
}

/** What calls and differences found, as the profile sets it; the other layers' rules have been looked at. */
function asSet(finding: ToldFinding, profile: GateFacts["profile"]): ToldFinding[] {
  if (finding.layer !== "calls") return [finding];
  const severity = severityOf(finding.rule, finding.severity, profile);
  if (severity === null) return [];
  return [{ ...finding, severity, verdict: verdictFor(severity, finding.verdict === "already_there") }];
}

const KNOWN_HOLE = /^(cve|ghsa)-/;

function underStrict(finding: ToldFinding, isStrict: boolean): ToldFinding {
  const isFault = finding.verdict === "already_there" && finding.severity === "error";
  const counts = isFault || KNOWN_HOLE.test(finding.rule);
  return isStrict && counts ? { ...finding, verdict: "fails" } : finding;
}

/** Of a layer that is left out everything is told and nothing counts; what does not run has no other layer to show it. */
function leftOut(finding: ToldFinding, { leftOut: layers }: GateFacts): ToldFinding {
  const counts = !layers.includes(finding.layer) || finding.rule === "server-does-not-start";
  return counts ? finding : { ...finding, verdict: "noted" };
}

const VERDICT_ORDER: readonly GateFinding["verdict"][] = ["fails", "already_there", "noted"];
const SEVERITY_ORDER: readonly GateFinding["severity"][] = ["error", "warning", "note"];

const rankOf = ({ verdict, severity }: ToldFinding) =>
  VERDICT_ORDER.indexOf(verdict) * SEVERITY_ORDER.length + SEVERITY_ORDER.indexOf(severity);

type Results = Pick<GateReport, "findings" | "cells" | "differences">;

/**
 * A fault that was found is one, however the gate ended; a pass needs every cell and every metric but the memory of an allocation,
 * which cannot be told where a quota leaves too few of them.
 */
function statusOf(facts: GateFacts, { findings, cells, differences }: Results): GateStatus {
  const fails = findings.filter(({ verdict }) => verdict === "fails");
  // Calls that fail in a lab that breaks may fail of that; what the file says and the server answered stands.
  const isBroken = facts.end === "broke" || facts.end === "bad_baseline";
  if (isBroken && (facts.end === "bad_baseline" || fails.every(({ layer }) => layer === "calls"))) return "errored";
  if (fails.length > 0) return "failed";
  if (facts.end === "interrupted") return "interrupted";
  const isOpen =
    cells.length === 0 ||
    unansweredOf(facts).length > 0 ||
    cells.some(({ verdict }) => verdict === "undecided") ||
    differences.some(({ metric, verdict }) => verdict === "undecided" && metric !== "memory_per_allocation");
  return isOpen ? "undecided" : "passed";
}

function verdictOf(status: GateStatus, facts: GateFacts, { findings, cells, differences }: Results): string {
  const { reason, sides, end } = facts;
  const failing = findings.filter(({ verdict }) => verdict === "fails");
  const known = findings.filter(({ verdict }) => verdict === "already_there");
  const already = [
    known.length === 0 ? "" : ` What was already there (${known.length}) does not count.`,
    ...facts.leftOut.map((layer) => leftOutWords(layer, findings)),
  ].join("");
  switch (status) {
    case "errored":
      if (end === "bad_baseline") return `No verdict: ${reason ?? "the baseline does not work"}.`;
      return `No verdict: the lab broke${reason === null ? "" : ` (${reason})`}.`;
    case "interrupted":
      return "No verdict: interrupted.";
    case "failed":
      return `Not safe to ship: ${failing.length === 1 ? "one thing breaks" : `${failing.length} things break`}.${already}`;
    case "undecided":
      return `Undecided: ${openWords(facts, cells, differences)}.`;
    case "passed":
      return `Safe to ship: ${passedWords(cells)}${sides.baseline ? " as before" : ""}.${already}`;
  }
}

/** That a layer was left out has to be read beside a verdict, and what it would have said. */
function leftOutWords(layer: GateLayer, findings: GateReport["findings"]): string {
  const errors = findings.filter((one) => one.layer === layer && one.verdict === "noted" && one.severity === "error");
  return ` Left out: ${layer}, with ${errors.length === 1 ? "one error" : `${errors.length || "no"} errors`}.`;
}

function passedWords(cells: GateReport["cells"]): string {
  const working = cells.filter(({ verdict }) => verdict === "passed").length;
  if (cells.length === 1 && working === 1) return "the one kind of call that users need works";
  if (working === cells.length) return `all ${cells.length} kinds of calls that users need work`;
  return `${working} of ${cells.length} kinds of calls that users need work`;
}

/** What a pass would need and has not. */
function openWords(facts: GateFacts, cells: GateReport["cells"], differences: GateReport["differences"]): string {
  const open = cells.filter(({ verdict }) => verdict === "undecided");
  const metrics = differences.filter(({ verdict }) => verdict === "undecided").map(({ metric }) => metric);
  const unanswered = unansweredOf(facts);
  const seconds = Math.round(facts.profile.limits.budgetMs / 1_000);
  const within = facts.end === "budget" ? ` within ${seconds} s` : "";
  return [
    ...(cells.length === 0 ? ["no calls were planned"] : []),
    ...(open.length > 0 ? [`${open.length} of ${cells.length} kinds of calls were not decided${within}`] : []),
    ...(metrics.length > 0 ? [`not measured: ${metrics.join(", ")}`] : []),
    ...(unanswered.length > 0 ? [`the server's answers told nothing of ${unanswered.join(", ")}`] : []),
  ].join("; ");
}

/**
 * Questions that safety or calls stand and fall with, of which the candidate's answer told nothing where the baseline's did; all of
 * them where a server that was called was asked nothing.
 */
function unansweredOf({ sides, profile, end, leftOut: layers }: GateFacts): string[] {
  const { candidate, baseline } = sides;
  if (!candidate?.start?.isUp || layers.includes("probe")) return [];
  if (end === "decided" && candidate.probes.length === 0) return ["any question"];
  return candidate.probes
    .filter(({ id, verdict, severity }) => verdict === "unclear" && severityOf(id, severity, profile) === "error")
    .filter(
      ({ id, url }) =>
        !baseline || baseline.probes.some((one) => one.id === id && one.url === url && one.verdict === "ok"),
    )
    .map(({ id }) => id);
}

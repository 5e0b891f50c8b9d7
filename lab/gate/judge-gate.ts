import {
  GATE_LAYERS,
  GATE_SCHEMA_VERSION,
  type GateFacts,
  type GateFinding,
  type GateReport,
  type GateSideFacts,
  type GateStatus,
} from "../model/gate.ts";
import { cellFindings } from "./cell-findings.ts";
import { cellResults } from "./cell-results.ts";
import { checkFindings } from "./check-findings.ts";
import { deliveryFindings } from "./delivery-findings.ts";
import { differenceFindings, gateDifferences } from "./differences.ts";
import { severityOf } from "./place-findings.ts";
import { probeFindings } from "./probe-findings.ts";

const NO_SIDE: GateSideFacts = {
  server: { file: "", image: null, version: null },
  checks: [],
  start: null,
  probes: [],
  memoryPerAllocation: [],
  calls: [],
  lines: {},
};

/** Facts in, verdict out; also of a gate that is still running. Pure. */
export function judgeGate(facts: GateFacts): GateReport {
  const { candidate = NO_SIDE, baseline } = facts.sides;
  const cells = cellResults(facts);
  const differences = gateDifferences(facts);
  const lost = cellFindings(cells, candidate, facts);
  // Calls that fail say themselves that fewer succeed, and better.
  const told = lost.some(({ verdict }) => verdict === "fails")
    ? differences.filter(({ metric }) => metric !== "success")
    : differences;
  const findings = [
    ...checkFindings(candidate, baseline, facts.profile),
    ...probeFindings(candidate, baseline, facts.profile),
    ...lost,
    ...(baseline ? differenceFindings(told, candidate) : deliveryFindings(facts)),
  ]
    .flatMap((finding) => asSet(finding, facts.profile))
    .map((finding) => underStrict(finding, facts.strict))
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const status = statusOf(facts, { findings, cells, differences });
  return {
    schemaVersion: GATE_SCHEMA_VERSION,
    runId: facts.runId,
    status,
    verdict: verdictOf(status, findings, facts, cells),
    startedAt: new Date(facts.startedAt).toISOString(),
    durationMs: facts.durationMs,
    harness: facts.harness,
    strict: facts.strict,
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
function asSet(finding: GateFinding, profile: GateFacts["profile"]): GateFinding[] {
  if (finding.layer !== "calls") return [finding];
  const severity = severityOf(finding.rule, finding.severity, profile);
  if (severity === null) return [];
  return [{ ...finding, severity, verdict: severity === "error" ? finding.verdict : "noted" }];
}

function underStrict(finding: GateFinding, isStrict: boolean): GateFinding {
  return isStrict && finding.verdict === "already_there" ? { ...finding, verdict: "fails" } : finding;
}

const VERDICT_ORDER: readonly GateFinding["verdict"][] = ["fails", "already_there", "noted"];
const SEVERITY_ORDER: readonly GateFinding["severity"][] = ["error", "warning", "note"];

const rankOf = ({ verdict, severity }: GateFinding) =>
  VERDICT_ORDER.indexOf(verdict) * SEVERITY_ORDER.length + SEVERITY_ORDER.indexOf(severity);

type Results = Pick<GateReport, "findings" | "cells" | "differences">;

/**
 * A fault that was found is one, however the gate ended; a pass needs every cell and every metric but the memory of an allocation,
 * which cannot be told where a quota leaves too few of them.
 */
function statusOf(facts: GateFacts, { findings, cells, differences }: Results): GateStatus {
  if (facts.end === "broke" || facts.end === "bad_baseline") return "errored";
  if (findings.some(({ verdict }) => verdict === "fails")) return "failed";
  if (facts.end === "interrupted") return "interrupted";
  const isOpen =
    cells.length === 0 ||
    cells.some(({ verdict }) => verdict === "undecided") ||
    differences.some(({ metric, verdict }) => verdict === "undecided" && metric !== "memory_per_allocation");
  return isOpen ? "undecided" : "passed";
}

function verdictOf(
  status: GateStatus,
  findings: readonly GateFinding[],
  { reason, profile, sides, end }: GateFacts,
  cells: GateReport["cells"],
): string {
  const failing = findings.filter(({ verdict }) => verdict === "fails");
  const known = findings.filter(({ verdict }) => verdict === "already_there");
  const already = known.length === 0 ? "" : ` What was already there (${known.length}) does not count.`;
  switch (status) {
    case "errored":
      if (end === "bad_baseline") return `No verdict: ${reason ?? "the baseline does not work"}.`;
      return `No verdict: the lab broke${reason === null ? "" : ` (${reason})`}.`;
    case "interrupted":
      return "No verdict: interrupted.";
    case "failed":
      return `Not safe to ship: ${failing.length === 1 ? "one thing breaks" : `${failing.length} things break`}.${already}`;
    case "undecided": {
      const open = cells.filter(({ verdict }) => verdict === "undecided").length;
      const seconds = Math.round(profile.limits.budgetMs / 1_000);
      return `Undecided: ${open} of ${cells.length} kinds of calls were not decided within ${seconds} s.`;
    }
    case "passed":
      return `Safe to ship: ${cells.length === 1 ? "the one kind of call that users need works" : `all ${cells.length} kinds of calls that users need work`}${sides.baseline ? " as before" : ""}.${already}`;
  }
}

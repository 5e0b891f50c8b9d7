import { FAILURES, type FailureCode } from "../model/failure.ts";
import type { CellResult, GateFacts, GateSideFacts, ToldFinding } from "../model/gate.ts";
import { isGoodCall } from "./cell-results.ts";
import { placeOf, severityOf } from "./place-findings.ts";

/** The option of turnserver.conf that a cause is a matter of; others have several, or none. */
const OPTION_OF: Partial<Record<FailureCode, string>> = {
  turn_wrong_secret: "static-auth-secret",
  turn_credential_mode: "use-auth-secret",
  turn_wrong_password: "user",
  turn_unknown_user: "user",
  turn_wrong_realm: "realm",
  turn_insufficient_capacity: "max-port",
  turn_tls_failed: "cert",
  turn_not_listening: "listening-port",
  relay_range_closed: "min-port",
};

/** Cells that fail, or did before, one finding for each cause: the same thing is wrong for all whom it hits. */
export function cellFindings(
  results: readonly CellResult[],
  candidate: GateSideFacts,
  { profile }: Pick<GateFacts, "profile">,
): ToldFinding[] {
  const lost = results.filter(({ verdict }) => verdict === "failed" || verdict === "already_there");
  const groups = Map.groupBy(lost, (cell) => [cell.verdict, codeOf(cell) ?? TOO_SLOW].join(" "));
  return [...groups.values()].map((cells): ToldFinding => {
    const [first] = cells;
    const code = first ? codeOf(first) : null;
    const { connectTimeMs } = profile.limits;
    const example = candidate.calls.find(
      (call) => cells.some(({ id }) => id === call.cell) && !isGoodCall(call, connectTimeMs) && call.message !== null,
    );
    const seconds = connectTimeMs / 1_000;
    const means = code === null ? `Calls connect, and not within ${seconds} s.` : FAILURES[code].means;
    const isAllLost = cells.every(({ candidate: { succeeded } }) => succeeded === 0);
    return {
      key: `calls ${code ?? TOO_SLOW}`,
      layer: "calls",
      rule: code ?? TOO_SLOW,
      severity: "error",
      verdict: first?.verdict === "failed" ? "fails" : "already_there",
      place: placeOf(candidate, optionOf(cells, code)),
      option: optionOf(cells, code),
      affects: `${[...new Set(cells.map(({ who }) => who))].join("; ")} ${isAllLost ? "cannot connect" : "often cannot connect"}`,
      what: example?.message ?? means,
      reason: means,
      fix: code === null ? null : FAILURES[code].change,
      evidence: cells.map(evidenceOf),
    };
  });
}

const TOO_SLOW = "too_slow";

/** Why most of a cell's calls failed; null where they only took too long. */
function codeOf({ candidate: { causes, failures } }: CellResult): FailureCode | null {
  return commonest(causes) ?? commonest(failures);
}

/** Whether a profile lets a cell that failed fail the gate: not where it has set the rule down. */
export function isCounted(cell: CellResult, profile: GateFacts["profile"]): boolean {
  return severityOf(codeOf(cell) ?? TOO_SLOW, "error", profile) === "error";
}

function optionOf(cells: readonly CellResult[], code: FailureCode | null): string | null {
  const own = new Set(cells.map(({ option }) => option));
  const [only = null] = own.size === 1 ? own : [];
  return (code === null ? undefined : OPTION_OF[code]) ?? only;
}

function evidenceOf({ id, candidate, baseline }: CellResult): string {
  const of = ({ succeeded, calls }: { succeeded: number; calls: number }) => `${succeeded} of ${calls}`;
  const other = baseline ? `, baseline ${of(baseline)}` : "";
  return `${id}: ${of(candidate)} calls connected in time${other}`;
}

function commonest(counts: Partial<Record<FailureCode, number>>): FailureCode | null {
  const [first] = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return (first?.[0] as FailureCode | undefined) ?? null;
}

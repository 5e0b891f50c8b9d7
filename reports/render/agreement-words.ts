import type { Agreement, AgreementCell, AgreementTimes } from "../../lab/model/agreement.ts";
import { describeKnown } from "../summarize-cells.ts";
import { plural } from "./format.ts";

/** What every renderer says alike of a grid that ran with several engines. */

/** `werift, chromium and firefox came to the same in 198 of 200 cells; they differ in 2, as explained`. */
export function describeAgreement({ scenarios, cells }: Agreement): string {
  const count = (verdict: AgreementCell["verdict"]) => cells.filter((cell) => cell.verdict === verdict).length;
  const [explained, unexplained, missing] = [count("explained"), count("unexplained"), count("no_data")];
  const differing = explained + unexplained;
  const open = unexplained === 0 ? "as explained" : `${explained} as explained, ${unexplained} for no known reason`;
  return [
    `${listOf(Object.keys(scenarios))} came to the same in ${count("agreed")} of ${plural(cells.length, "cell")}`,
    ...(differing > 0 ? [`they differ in ${differing}, ${open}`] : []),
    ...(missing > 0 ? [`${plural(missing, "cell")} without all calls`] : []),
  ].join("; ");
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Cells in which the engines differ, in the grid's order. */
export function differingCells({ cells }: Agreement): AgreementCell[] {
  return cells.filter(({ verdict }) => verdict === "explained" || verdict === "unexplained");
}

/** What one engine came to in a cell, with a sign where that is not what was computed. */
export function describeOutcome({ engines }: AgreementCell, engine: string): string {
  const { observed = null, status = "no_data" } = engines[engine] ?? {};
  if (observed === null) return "?";
  return `${observed}${status === "failed" ? "!" : status === "explained" ? "*" : ""}`;
}

/** Why engines came to something else, each reason once. */
export function explanations(agreement: Agreement): string[] {
  const reasons = differingCells(agreement).flatMap(({ engines }) =>
    Object.values(engines).flatMap(({ status, reason }) => (status === "explained" && reason !== null ? [reason] : [])),
  );
  return [...new Set(reasons)];
}

/** Where nothing explains it: `STUN only: home × symmetric, firefox: ice_failed: …`. */
export function unexplainedReasons(agreement: Agreement): string[] {
  return differingCells(agreement).flatMap(({ table, row, column, engines }) =>
    Object.entries(engines).flatMap(([engine, { status, reason, session }]) =>
      status === "failed" ? [`${table}: ${row} × ${column}, ${engine}, session ${session}: ${reason ?? ""}`] : [],
    ),
  );
}

/** Known differences that nobody has seen in this run: what they say is not so any more, or was seldom so. */
export function describeUnseen({ unseen }: Agreement): string[] {
  return unseen.map((difference) => `not seen any more, although known: ${describeKnown(difference)}`);
}

/** `direct`, and of calls that nothing connects what their time means. */
export function describeTimes({ outcome }: AgreementTimes): string {
  return outcome === "none" ? "none, until given up" : outcome;
}

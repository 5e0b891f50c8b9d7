import type { Diagnosis } from "../model/diagnosis.ts";
import type { Evidence } from "../model/evidence.ts";
import type { FailureCode } from "../model/failure.ts";
import type { Scenario } from "../model/scenario.ts";
import { CAUSES } from "./causes.ts";
import type { Conclusion } from "./conclusion.ts";
import type { Field, Note } from "./draft.ts";
import { fieldEnds } from "./field-ends.ts";
import { plainCall } from "./plain-call.ts";
import { type Repair, repair, withoutUndefined } from "./repairs.ts";

/** A scenario that should fail as the call of the field did, why it is as it is, and what may mend it. */
export type WrittenScenario = { code: FailureCode; scenario: Scenario; notes: Note[]; repairs: Repair[] };

/** The first of the surest diagnoses that the lab can build. Null: none of them; one that is less sure is not taken instead. */
export function buildable(diagnoses: readonly Diagnosis[]): Diagnosis | null {
  const surest = diagnoses.filter(({ confidence }) => confidence === diagnoses[0]?.confidence);
  return surest.find(({ code }) => CAUSES[code] !== undefined) ?? null;
}

/** Null where the lab cannot build the cause. */
export function writeScenario(
  evidence: Evidence,
  conclusions: readonly Conclusion[],
  { code, summary }: Pick<Diagnosis, "code" | "summary">,
): WrittenScenario | null {
  const cause = CAUSES[code];
  if (!cause) return null;
  const field: Field = { evidence, conclusions, ends: fieldEnds(evidence) };
  const { scenario: built, notes } = cause.build(plainCall(field), field);
  const { description: _description, tags, topology, peers, load, ...rest } = built;
  const expectations: Partial<Scenario> = cause.drops
    ? { expectedPath: "relayed", expectedFailure: code, thresholds: { session_success: ["rate==0"] } }
    : // Peers of the lab say themselves that ICE found nothing, before the time is over.
      { expectedPath: "none", expectedFailure: code === "session_timeout" ? "ice_failed" : code };
  const scenario = withoutUndefined<Scenario>({
    description: `From the field: ${summary}`,
    ...(tags ? { tags } : {}),
    topology,
    peers,
    load,
    ...rest,
    ...expectations,
  });
  const repairs = cause.repairs.flatMap((name) => repair(scenario, name) ?? []);
  return { code, scenario, notes: notes.filter(({ at }) => isThere(scenario, at)), repairs };
}

/** A part that a later step took away needs no reason. */
function isThere(scenario: Scenario, at: string): boolean {
  let value: unknown = scenario;
  for (const key of at.split(".")) value = (value as Record<string, unknown> | undefined)?.[key];
  return value !== undefined;
}

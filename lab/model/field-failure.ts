import type { Scenario } from "./scenario.ts";

/** F01 to F39: the failures from the field that the lab is asked for. */
export type FieldNumber = `F${number}`;

/** How a failure stands in the lab: as it fails, and as it is mended. */
export const FORMS = ["broken", "repaired"] as const;
export type Form = (typeof FORMS)[number];

/**
 * A failure from the field, as two scenarios that differ in the fix alone: `NAME-broken`, whose every session must fail with
 * its `expectedFailure`, and `NAME-repaired`, which must pass.
 */
export type FieldFailure = {
  /** Absent: it is none of that list. */
  field?: FieldNumber;
  broken: Scenario;
  repaired: Scenario;
};

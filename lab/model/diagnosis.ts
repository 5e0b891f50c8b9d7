import type { Source } from "./evidence.ts";
import type { FailureCode, Leg } from "./failure.ts";

/**
 * How sure a diagnosis is. `certain`: what was seen has no other explanation. `likely`: others are possible, and nothing
 * speaks for them. `possible`: one of several that what was seen allows.
 */
export const CONFIDENCES = ["certain", "likely", "possible"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** One thing that was seen, in one sentence, and where. */
export type Reason = { text: string; at: Source | null };

/** Why a call failed. What the code usually means, and what to change, stands in `FAILURES`. */
export type Diagnosis = {
  code: FailureCode;
  leg: Leg;
  confidence: Confidence;
  /** One sentence of what was seen here, with names, addresses and numbers. */
  summary: string;
  because: Reason[];
  /** What could not be known from what there is, and what would tell. */
  unknown: string[];
};

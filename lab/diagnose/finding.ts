import type { Confidence, Diagnosis, Reason } from "../model/diagnosis.ts";
import type { Source } from "../model/evidence.ts";
import { FAILURES, type FailureCode } from "../model/failure.ts";
import type { Facts } from "./facts.ts";

/** Looks at all that is known of a call; what it finds explains why that failed. Empty: nothing of its kind. */
export type Rule = (facts: Facts) => Diagnosis[];

export function finding(
  code: FailureCode,
  confidence: Confidence,
  summary: string,
  because: Reason[],
  unknown: string[] = [],
): Diagnosis {
  return { code, leg: FAILURES[code].leg, confidence, summary, because, unknown };
}

export const reason = (text: string, at: Source | null = null): Reason => ({ text, at });

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const each = [...new Set(words)];
  return each.length < 2 ? each.join("") : `${each.slice(0, -1).join(", ")} and ${each.at(-1)}`;
}

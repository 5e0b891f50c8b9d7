import type { CapacityCall, CapacityLimits, CapacityStep, Constraint, MachineSize, ServerRoom } from "./capacity.ts";

/** How a knee is looked for. */
export type SearchSettings = {
  /** How near the two sides of the knee must come, as a share of it; less than one call is never asked for. */
  precision: number;
  /** A step of the search, and a confirmation. */
  holdMs: number;
  confirmMs: number;
  /** All steps together, and how long the holding of them may take. */
  maxSteps: number;
  budgetMs: number;
};

/** What one search is told before it begins: a server of one size, one kind of call. */
export type SearchAsk = {
  size: MachineSize;
  call: CapacityCall;
  limits: CapacityLimits;
  room: ServerRoom;
  settings: SearchSettings;
  /** Calls that the search begins with (`firstGuess`). */
  firstGuess: number;
  /** Calls that the lab can make at the most, and what stands in the way of more: `64,000 ports of the clients' address`. */
  most: { calls: number; reason: string };
};

export type StepPurpose = CapacityStep["purpose"];

/** What to hold next, and for how long it is measured once all of them had the time to connect; or that there is nothing more. */
export type NextStep = { calls: number; purpose: StepPurpose; holdMs: number } | { done: SearchEnd };

/**
 * Why a search ended. `found`: bracketed, and confirmed on both sides. `unconfirmed`: bracketed, and steps or time ended before
 * that, or the generator did not make the loads in between. `never_passed`: not even one call was carried. `never_failed`: all that the lab can make was. `generator`: above what was
 * carried the lab itself bound. `budget`: steps or time ended before it was bracketed.
 */
export const SEARCH_ENDS = ["found", "unconfirmed", "never_passed", "never_failed", "generator", "budget"] as const;
export type SearchEndReason = (typeof SEARCH_ENDS)[number];

export type SearchEnd = {
  reason: SearchEndReason;
  /** The highest load that was carried, by the majority of its repetitions; null: none. */
  carried: number | null;
  /** The lowest load above it that was not. */
  notCarried: number | null;
  below: Confirmation | null;
  above: Confirmation | null;
  /** What did not agree, in words: a load that failed and then passed. */
  noise: string[];
};

/** A load held once more and longer: how often it was carried out of how often it was held. */
export type Confirmation = { calls: number; holdMs: number; carried: number; held: number };

/** Whether a step stayed inside of its limits. `no_verdict`: it says nothing about the server. */
export type StepVerdict = { verdict: "carried" | "not_carried" | "no_verdict"; reasons: string[] };

export type ConstraintFinding = {
  constraint: Constraint;
  /** 0 to 1: how much speaks for it. It orders the findings and means nothing else. */
  weight: number;
  /** A sentence with figures. */
  evidence: string;
};

import type { CapacityCall, CapacityLimits, CapacityStep, Constraint, MachineSize, ServerRoom } from "./capacity.ts";
import type { Calibration, CapacityModel, Prediction } from "./capacity-model.ts";
import type { CapacityPlan, PlanAsk, PriceTable } from "./capacity-plan.ts";
import type { Confirmation, ConstraintFinding, SearchAsk, SearchEnd, StepVerdict } from "./capacity-search.ts";

/** capacity.json. A contract with other programs; more keys may stand beside these. */
export const CAPACITY_SCHEMA_VERSION = 1;

/**
 * `found`: a knee, confirmed on both sides (exit 0). Exit 99: `unconfirmed`: a knee, not confirmed; `at_least`: no knee, the lab
 * bound or could make no more; `never_passed`: not one call was carried; `undecided`: the budget ended before. `errored`: the lab
 * broke (1). `interrupted`: 105.
 */
export const CAPACITY_STATUSES = [
  "found",
  "unconfirmed",
  "at_least",
  "never_passed",
  "undecided",
  "errored",
  "interrupted",
] as const;
export type CapacityStatus = (typeof CAPACITY_STATUSES)[number];

export type CapacityServer = {
  file: string;
  image: { reference: string; id: string } | null;
  version: string | null;
};

/** A search in a report's log, in its order: the first is the question, the others are other sizes and transports. */
export type CapacitySearch = {
  /** As it is told apart: `0.25 cores, UDP`. Unique. */
  name: string;
  ask: SearchAsk;
  steps: CapacityStep[];
  /** Null: it never ended. */
  end: SearchEnd | null;
};

/** All that a report is made from: what stands in the log. Pure data. */
export type CapacityFacts = {
  runId: string;
  startedAt: number;
  durationMs: number | null;
  harness: CapacityReport["harness"];
  server: CapacityServer;
  searches: CapacitySearch[];
  /** Other sizes to predict, measured or not. */
  sizes: MachineSize[];
  plan: PlanAsk | null;
  prices: PriceTable;
  calibration: Rescaling | null;
  end: CapacityEnd;
  reason: string | null;
  notes: string[];
};

/** For which machine the model is scaled, by what `calibrate` said there; and here, where that was asked too. */
export type Rescaling = { there: Calibration; here: Calibration | null };

/** A search as it went: what a report shows beside what it says. Pure data. */
export type CapacityCourse = {
  name: string;
  steps: {
    /** Of its measured stretch, since the first step of the run began. */ fromS: number;
    toS: number;
    point: CurvePoint;
  }[];
};

export type CapacityEnd = "completed" | "interrupted" | "broke";

/** One load that was held, and what became of it. */
export type CurvePoint = CapacityStep & StepVerdict;

export type Knee = {
  /** Null: none was found, or the lab bound and it is none. */
  calls: number | null;
  /** What was carried in any case; null: nothing. */
  atLeast: number | null;
  /** What was not carried any more. */
  notCarried: number | null;
  below: Confirmation | null;
  above: Confirmation | null;
};

export type CapacityReport = {
  schemaVersion: typeof CAPACITY_SCHEMA_VERSION;
  runId: string;
  status: CapacityStatus;
  /** One sentence: the answer. */
  answer: string;
  startedAt: string;
  durationMs: number | null;
  harness: { turnlab: string; node: string; cpus: number };
  server: CapacityServer;
  size: MachineSize;
  call: CapacityCall;
  limits: CapacityLimits;
  room: ServerRoom;
  knee: Knee;
  constraint: Constraint | null;
  evidence: string[];
  /** What else spoke up around the knee. */
  also: ConstraintFinding[];
  /** Of the first search, by calls. */
  curve: CurvePoint[];
  model: CapacityModel | null;
  /** Of other sizes. */
  prediction: Prediction[];
  /** Of the other searches. */
  others: {
    name: string;
    size: MachineSize;
    call: CapacityCall;
    status: CapacityStatus;
    knee: Knee;
    constraint: Constraint | null;
    evidence: string[];
    also: ConstraintFinding[];
    curve: CurvePoint[];
    noise: string[];
  }[];
  plan: CapacityPlan | null;
  noise: string[];
  /** What the lab supplied, or cannot tell. */
  notes: string[];
};

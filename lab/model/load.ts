import type {
  ConstantArrivalRateScenario,
  ConstantVUsScenario,
  PerVUIterationsScenario,
  RampingArrivalRateScenario,
  RampingVUsScenario,
  SharedIterationsScenario,
  Stage,
} from "k6/options";

/**
 * k6's executors by their own names and fields (`@types/k6`). One iteration is one session. Durations are k6's, as "1m30s".
 * Defaults are k6's too: `gracefulStop` and `gracefulRampDown` 30s, `maxDuration` 10m, `timeUnit` 1s, `maxVUs` as many as
 * `preAllocatedVUs`, `startRate` 0. `startVUs` has none.
 */
type Ending = "gracefulStop";
type Of<T, Needed extends keyof T, Optional extends keyof T> = Required<Pick<T, Needed>> & Partial<Pick<T, Optional>>;

export type PerVuIterations = Of<PerVUIterationsScenario, "executor" | "vus" | "iterations", "maxDuration" | Ending>;
export type SharedIterations = Of<SharedIterationsScenario, "executor" | "vus" | "iterations", "maxDuration" | Ending>;
export type ConstantVus = Of<ConstantVUsScenario, "executor" | "vus" | "duration", Ending>;
export type RampingVus = Of<RampingVUsScenario, "executor" | "startVUs" | "stages", "gracefulRampDown" | Ending>;
export type ConstantArrivalRate = Of<
  ConstantArrivalRateScenario,
  "executor" | "rate" | "duration" | "preAllocatedVUs",
  "timeUnit" | "maxVUs" | Ending
>;
export type RampingArrivalRate = Of<
  RampingArrivalRateScenario,
  "executor" | "stages" | "preAllocatedVUs",
  "startRate" | "timeUnit" | "maxVUs" | Ending
>;
export type LoadStage = Stage;
export type Load =
  | PerVuIterations
  | SharedIterations
  | ConstantVus
  | RampingVus
  | ConstantArrivalRate
  | RampingArrivalRate;
export type ExecutorName = Load["executor"];

/** What a connected session does until its planned end; both peers send. */
export type Traffic = {
  messageBytes: number;
  messagesPerSecond: number;
  durationMs: number;
  /** Tracks that both peers send beside the messages, from a fake microphone and camera. Only between browsers. */
  media?: readonly MediaKind[];
};

export const MEDIA_KINDS = ["audio", "video"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

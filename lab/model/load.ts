import type {
  ConstantArrivalRateScenario,
  ConstantVUsScenario,
  PerVUIterationsScenario,
  RampingArrivalRateScenario,
  RampingVUsScenario,
  SharedIterationsScenario,
  Stage,
} from "k6/options";
import type { MediaStreamSpec, TrafficProfileName } from "./traffic-profile.ts";

/**
 * k6's executors by their own names and fields (`@types/k6`). One iteration is one session. Durations are k6's, as "1m30s".
 * Defaults are k6's too: `gracefulStop` and `gracefulRampDown` 30s, `maxDuration` 10m, `timeUnit` 1s, `maxVUs` as many as
 * `preAllocatedVUs`, `startRate` 0, `startVUs` 1.
 */
type Ending = "gracefulStop";
type Of<T, Needed extends keyof T, Optional extends keyof T> = Required<Pick<T, Needed>> & Partial<Pick<T, Optional>>;

export type PerVuIterations = Of<PerVUIterationsScenario, "executor" | "vus" | "iterations", "maxDuration" | Ending>;
export type SharedIterations = Of<SharedIterationsScenario, "executor" | "vus" | "iterations", "maxDuration" | Ending>;
export type ConstantVus = Of<ConstantVUsScenario, "executor" | "vus" | "duration", Ending>;
export type RampingVus = Of<RampingVUsScenario, "executor" | "stages", "startVUs" | "gracefulRampDown" | Ending>;
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

type KeysOfAll<T> = T extends unknown ? keyof T : never;
export type LoadKey = KeysOfAll<Load>;

/** Which keys each executor must have, and which it may. */
export const EXECUTOR_KEYS = {
  "per-vu-iterations": { must: ["vus", "iterations"], may: ["maxDuration"] },
  "shared-iterations": { must: ["vus", "iterations"], may: ["maxDuration"] },
  "constant-vus": { must: ["vus", "duration"], may: [] },
  "ramping-vus": { must: ["stages"], may: ["startVUs", "gracefulRampDown"] },
  "constant-arrival-rate": { must: ["rate", "duration", "preAllocatedVUs"], may: ["timeUnit", "maxVUs"] },
  "ramping-arrival-rate": { must: ["stages", "preAllocatedVUs"], may: ["startRate", "timeUnit", "maxVUs"] },
} as const satisfies Record<ExecutorName, { must: readonly LoadKey[]; may: readonly LoadKey[] }>;

/** Of every executor. */
export const COMMON_LOAD_KEYS = ["executor", "gracefulStop"] as const satisfies readonly LoadKey[];

export const MAX_VUS = 10_000;

/** The most sessions that a load has under way at once. */
export function mostVus(load: Load): number {
  switch (load.executor) {
    case "ramping-vus":
      return Math.max(load.startVUs ?? 1, ...load.stages.map(({ target }) => target));
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return Math.max(load.preAllocatedVUs, load.maxVUs ?? 0);
    default:
      return load.vus;
  }
}

/** What a connected session does until its planned end; both peers send. */
export type Traffic = {
  messageBytes: number;
  messagesPerSecond: number;
  durationMs: number;
  /** Tracks that both peers send beside the messages, from a fake microphone and camera. Only between browsers. */
  media?: readonly MediaKind[];
  /** RTP packets that both peers send beside the messages, at an even pace: a profile, or at most one stream of a kind. */
  packets?: TrafficProfileName | readonly MediaStreamSpec[];
  /**
   * What carries them. `rtp`: a media track for each stream, only between werift peers. `channel`: each packet is a message of the
   * data channel, unordered and never sent again. Default `rtp`.
   */
  packetsOver?: PacketCarrier;
};

export const PACKET_CARRIERS = ["rtp", "channel"] as const;
export type PacketCarrier = (typeof PACKET_CARRIERS)[number];

export const MEDIA_KINDS = ["audio", "video"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

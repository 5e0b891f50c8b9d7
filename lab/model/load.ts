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
 * `tags` are on every sample, beside the lab's own (lab/model/tags.ts). Defaults are k6's too: `gracefulStop` and
 * `gracefulRampDown` 30s, `maxDuration` 10m, `timeUnit` 1s, `maxVUs` as many as `preAllocatedVUs`, `startRate` 0, `startVUs` 1.
 */
type Common = "gracefulStop" | "tags";
type Of<T, Needed extends keyof T, Optional extends keyof T> = Required<Pick<T, Needed>> & Partial<Pick<T, Optional>>;

export type PerVuIterations = Of<PerVUIterationsScenario, "executor" | "vus" | "iterations", "maxDuration" | Common>;
export type SharedIterations = Of<SharedIterationsScenario, "executor" | "vus" | "iterations", "maxDuration" | Common>;
export type ConstantVus = Of<ConstantVUsScenario, "executor" | "vus" | "duration", Common>;
export type RampingVus = Of<RampingVUsScenario, "executor" | "stages", "startVUs" | "gracefulRampDown" | Common>;
export type ConstantArrivalRate = Of<
  ConstantArrivalRateScenario,
  "executor" | "rate" | "duration" | "preAllocatedVUs",
  "timeUnit" | "maxVUs" | Common
>;
export type RampingArrivalRate = Of<
  RampingArrivalRateScenario,
  "executor" | "stages" | "preAllocatedVUs",
  "startRate" | "timeUnit" | "maxVUs" | Common
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
export const COMMON_LOAD_KEYS = ["executor", "gracefulStop", "tags"] as const satisfies readonly LoadKey[];

/** What k6 has beside them, and why it has no sense here. */
export const REFUSED_LOAD_KEYS = {
  startTime: "a load begins as soon as its lab has been proved: a scenario has one load, and a lab of its own",
  env: "an iteration runs no script that could read it",
  exec: "an iteration is one session between the scenario's two peers, and no function",
  options: "whether a peer is a browser stands in its engine",
} as const;

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

import type { PerVUIterationsScenario, SharedIterationsScenario } from "k6/options";

/** k6's executors by their own names and fields (`@types/k6`). One iteration is one session. */
export type PerVuIterations = Required<Pick<PerVUIterationsScenario, "executor" | "vus" | "iterations">>;
export type SharedIterations = Required<Pick<SharedIterationsScenario, "executor" | "vus" | "iterations">>;
export type Load = PerVuIterations | SharedIterations;
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

import type { FailureCode } from "../../lab/model/failure.ts";

/** What is known of a scenario before it starts. */
export type ScenarioPlan = {
  name: string;
  kind: "sessions" | "grid" | "allocations";
  /** Sessions, cells or iterations; null: as many as there is time for. */
  planned: number | null;
  /** How long its load takes; null where that depends on the sessions. */
  loadMs: number | null;
  /** It runs when no other does. */
  isAlone: boolean;
  /** All of its sessions have to fail. */
  expectsNone: boolean;
  /** Its sessions have to fail, or to be dropped, in this way. */
  expectedFailure: FailureCode | null;
};

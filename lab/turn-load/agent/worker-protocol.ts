import type { AllocationSpec } from "../../model/allocation-load.ts";
import type { GeneratorTarget } from "../protocol.ts";
import type { WorkerMeasure } from "./tally.ts";

/** What the generator's main thread says to a worker. */
export type WorkerCommand =
  /** `holdMs` null: until it is told to leave. */
  | { op: "prepare"; spec: AllocationSpec; target: GeneratorTarget; holdMs: number | null }
  /** Lives by number, of which VU each is, and when it was due, CLOCK_MONOTONIC. */
  | { op: "begin"; lives: number[]; vus: number[]; dueAtMs: number[] }
  | { op: "leave"; lives: number[] }
  /** `isLast`: all lives are over. */
  | { op: "measure"; isLast: boolean };

export type WorkerEvent =
  /** It takes commands. */
  { event: "ready" } | { event: "over"; lives: number[] } | { event: "measured"; measure: WorkerMeasure };

import type { Load } from "../model/load.ts";
import type { Iterate } from "./iterate.ts";
import { perVuIterations } from "./per-vu-iterations.ts";
import { sharedIterations } from "./shared-iterations.ts";

/** Runs a load by its executor; returns when every iteration it started has ended. */
export function execute(load: Load, iterate: Iterate, signal: AbortSignal): Promise<void> {
  switch (load.executor) {
    case "per-vu-iterations":
      return perVuIterations(load, iterate, signal);
    case "shared-iterations":
      return sharedIterations(load, iterate, signal);
  }
}

/** How many iterations the load asks for in all. */
export function plannedIterations(load: Load): number {
  return load.executor === "per-vu-iterations" ? load.vus * load.iterations : load.iterations;
}

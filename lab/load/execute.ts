import type { Load } from "../model/load.ts";
import { arrivalTimesOf, constantArrivalRate, rampingArrivalRate } from "./arrival-rate.ts";
import { constantVus } from "./constant-vus.ts";
import type { Iterate, LoadOutcome, LoadWatch } from "./iterate.ts";
import { LoadRun } from "./load-run.ts";
import { perVuIterations } from "./per-vu-iterations.ts";
import { rampingVus } from "./ramping-vus.ts";
import { sharedIterations } from "./shared-iterations.ts";

/** Runs a load by its executor; returns when every iteration it started has ended. */
export async function execute(
  load: Load,
  iterate: Iterate,
  signal: AbortSignal,
  watch: LoadWatch = {},
): Promise<LoadOutcome> {
  using run = new LoadRun(iterate, signal, watch);
  await executorOf(load, run);
  run.throwIfBroken();
  return run.outcome;
}

function executorOf(load: Load, run: LoadRun): Promise<void> {
  switch (load.executor) {
    case "per-vu-iterations":
      return perVuIterations(load, run);
    case "shared-iterations":
      return sharedIterations(load, run);
    case "constant-vus":
      return constantVus(load, run);
    case "ramping-vus":
      return rampingVus(load, run);
    case "constant-arrival-rate":
      return constantArrivalRate(load, run);
    case "ramping-arrival-rate":
      return rampingArrivalRate(load, run);
  }
}

/** How many iterations the load asks for in all; null where that depends on how long they take. */
export function plannedIterations(load: Load): number | null {
  switch (load.executor) {
    case "per-vu-iterations":
      return load.vus * load.iterations;
    case "shared-iterations":
      return load.iterations;
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return count(arrivalTimesOf(load));
    default:
      return null;
  }
}

function count(times: Iterable<number>): number {
  let found = 0;
  for (const _ of times) found += 1;
  return found;
}

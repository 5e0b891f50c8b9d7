import type { PerVuIterations } from "../model/load.ts";
import { endingOf } from "./ending.ts";
import type { LoadRun } from "./load-run.ts";

/** Each VU runs its own iterations, one after the other; all VUs at once (k6: per_vu_iterations). */
export async function perVuIterations(load: PerVuIterations, run: LoadRun): Promise<void> {
  const { maxDurationMs, gracefulStopMs } = endingOf(load);
  run.endAfter(maxDurationMs, gracefulStopMs);
  const vu = async (number: number) => {
    let iteration = 0;
    for (; iteration < load.iterations && !run.isOver; iteration += 1) await run.iterate(number, iteration);
    return load.iterations - iteration;
  };
  const left = await Promise.all(Array.from({ length: load.vus }, (_, index) => vu(index + 1)));
  const count = left.reduce((sum, iterations) => sum + iterations, 0);
  run.drop(count, run.isInterrupted ? "interrupted" : "maxDuration was over");
}

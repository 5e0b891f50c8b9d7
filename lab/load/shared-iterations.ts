import type { SharedIterations } from "../model/load.ts";
import { endingOf } from "./ending.ts";
import type { LoadRun } from "./load-run.ts";

/** The VUs take iterations from one pool until it is empty (k6: shared_iterations). */
export async function sharedIterations(load: SharedIterations, run: LoadRun): Promise<void> {
  const { maxDurationMs, gracefulStopMs } = endingOf(load);
  run.endAfter(maxDurationMs, gracefulStopMs);
  let next = 0;
  const vu = async (number: number) => {
    while (next < load.iterations && !run.isOver) await run.iterate(number, next++);
  };
  await Promise.all(Array.from({ length: load.vus }, (_, index) => vu(index + 1)));
  run.drop(load.iterations - next, run.isInterrupted ? "interrupted" : "maxDuration was over");
}

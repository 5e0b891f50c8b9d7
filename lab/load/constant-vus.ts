import { durationMs } from "../model/duration.ts";
import type { ConstantVus } from "../model/load.ts";
import { endingOf } from "./ending.ts";
import type { LoadRun } from "./load-run.ts";

/** Each VU begins an iteration as soon as its last one has ended, for a duration (k6: constant_vus). */
export async function constantVus(load: ConstantVus, run: LoadRun): Promise<void> {
  run.endAfter(durationMs(load.duration), endingOf(load).gracefulStopMs);
  const vu = async (number: number) => {
    for (let iteration = 0; !run.isOver; iteration += 1) await run.iterate(number, iteration);
  };
  await Promise.all(Array.from({ length: load.vus }, (_, index) => vu(index + 1)));
}

import { durationMs } from "../model/duration.ts";
import type { ConstantArrivalRate, RampingArrivalRate } from "../model/load.ts";
import { arrivalTimes, type RateStage } from "./arrival-times.ts";
import { endingOf } from "./ending.ts";
import type { LoadRun } from "./load-run.ts";

const DEFAULT_TIME_UNIT = "1s";

/** Iterations begin at a rate, whether those before have ended or not (k6: constant_arrival_rate): an open model. */
export function constantArrivalRate(load: ConstantArrivalRate, run: LoadRun): Promise<void> {
  return arrive(load, run);
}

/** The same at a rate that goes from stage to stage (k6: ramping_arrival_rate). */
export function rampingArrivalRate(load: RampingArrivalRate, run: LoadRun): Promise<void> {
  return arrive(load, run);
}

/** When the iterations of a load are due, in ms from its start. */
export function arrivalTimesOf(load: ConstantArrivalRate | RampingArrivalRate): Generator<number> {
  return arrivalTimes(rateStages(load), load.executor === "constant-arrival-rate" ? "at-once" : "after-one");
}

function rateStages(load: ConstantArrivalRate | RampingArrivalRate): RateStage[] {
  const unitMs = durationMs(load.timeUnit ?? DEFAULT_TIME_UNIT);
  if (load.executor === "constant-arrival-rate") {
    const rate = load.rate / unitMs;
    return [{ fromRate: rate, toRate: rate, durationMs: durationMs(load.duration) }];
  }
  return load.stages.map(({ target, duration }, index) => ({
    fromRate: (load.stages[index - 1]?.target ?? load.startRate ?? 0) / unitMs,
    toRate: target / unitMs,
    durationMs: durationMs(duration),
  }));
}

async function arrive(load: ConstantArrivalRate | RampingArrivalRate, run: LoadRun): Promise<void> {
  const { preAllocatedVUs, maxVUs = preAllocatedVUs } = load;
  const totalMs = rateStages(load).reduce((sum, stage) => sum + stage.durationMs, 0);
  run.endAfter(totalMs, endingOf(load).gracefulStopMs);
  // The lowest free number first, so that a VU's number says how many there were at once.
  const free = Array.from({ length: preAllocatedVUs }, (_, index) => preAllocatedVUs - index);
  let [vus, iteration] = [preAllocatedVUs, 0];
  const running = new Set<Promise<void>>();
  for (const dueMs of arrivalTimesOf(load)) {
    if (!(await run.until(dueMs))) break;
    if (run.isCut) {
      // A machine that was busy until then; or one that is due at the very end, without any time to run in.
      if (dueMs < totalMs) run.drop(1, "the time was over");
      continue;
    }
    const vu = free.pop() ?? (vus < maxVUs ? ++vus : null);
    if (vu === null) {
      run.drop(1, "no free VU");
      continue;
    }
    const session = run.iterate(vu, iteration++, run.startedAt + dueMs).then(() => {
      giveBack(free, vu);
      running.delete(session);
    });
    running.add(session);
  }
  await Promise.all(running);
}

/** Into its place in an order that falls. Sorting ten thousand for each that comes back would take all of a core. */
function giveBack(free: number[], vu: number): void {
  let [from, to] = [0, free.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((free[middle] ?? 0) > vu) from = middle + 1;
    else to = middle;
  }
  free.splice(from, 0, vu);
}

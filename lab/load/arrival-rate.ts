import { durationMs } from "../model/duration.ts";
import type { ConstantArrivalRate, RampingArrivalRate } from "../model/load.ts";
import { arrivalTimes, type RateStage } from "./arrival-times.ts";
import { endingOf } from "./ending.ts";
import type { LoadRun } from "./load-run.ts";

const DEFAULT_TIME_UNIT = "1s";

/** Iterations begin at a rate, whether those before have ended or not (k6: constant_arrival_rate): an open model. */
export function constantArrivalRate(load: ConstantArrivalRate, run: LoadRun): Promise<void> {
  const rate = load.rate / durationMs(load.timeUnit ?? DEFAULT_TIME_UNIT);
  return arrive([{ fromRate: rate, toRate: rate, durationMs: durationMs(load.duration) }], load, run);
}

/** The same at a rate that goes from stage to stage (k6: ramping_arrival_rate). */
export function rampingArrivalRate(load: RampingArrivalRate, run: LoadRun): Promise<void> {
  return arrive(rateStages(load), load, run);
}

export function rateStages({
  startRate = 0,
  stages,
  timeUnit = DEFAULT_TIME_UNIT,
}: Pick<RampingArrivalRate, "startRate" | "stages" | "timeUnit">): RateStage[] {
  const unitMs = durationMs(timeUnit);
  return stages.map(({ target, duration }, index) => ({
    fromRate: (stages[index - 1]?.target ?? startRate) / unitMs,
    toRate: target / unitMs,
    durationMs: durationMs(duration),
  }));
}

type Vus = Pick<ConstantArrivalRate, "preAllocatedVUs" | "maxVUs" | "gracefulStop">;

async function arrive(stages: readonly RateStage[], load: Vus, run: LoadRun): Promise<void> {
  const { preAllocatedVUs, maxVUs = preAllocatedVUs } = load;
  run.endAfter(
    stages.reduce((sum, stage) => sum + stage.durationMs, 0),
    endingOf(load).gracefulStopMs,
  );
  // The lowest free number first, so that a VU's number says how many there were at once.
  const free = Array.from({ length: preAllocatedVUs }, (_, index) => preAllocatedVUs - index);
  let [vus, iteration] = [preAllocatedVUs, 0];
  const running = new Set<Promise<void>>();
  for (const dueMs of arrivalTimes(stages)) {
    if (!(await run.until(dueMs))) break;
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

import { durationMs } from "../model/duration.ts";
import type { RampingVus } from "../model/load.ts";

/** From `atMs` on so many VUs. */
export type VuStep = { atMs: number; vus: number };

const DEFAULT_START_VUS = 1;

/**
 * How many VUs there are when: the number goes in a straight line from stage to stage, and a VU is there from the moment at which
 * the line reaches it (k6: lib/executor/ramping_vus.go). A stage of no time is a jump.
 */
export function vuSteps({ startVUs = DEFAULT_START_VUS, stages }: Pick<RampingVus, "startVUs" | "stages">): VuStep[] {
  const steps: VuStep[] = [{ atMs: 0, vus: startVUs }];
  let [from, beginMs] = [startVUs, 0];
  for (const { target, duration } of stages) {
    const lengthMs = durationMs(duration);
    const count = Math.abs(target - from);
    const sign = Math.sign(target - from);
    if (lengthMs === 0 && count > 0) steps.push({ atMs: beginMs, vus: target });
    else
      for (let step = 1; step <= count; step += 1)
        steps.push({ atMs: beginMs + (lengthMs * step) / count, vus: from + sign * step });
    [from, beginMs] = [target, beginMs + lengthMs];
  }
  return steps;
}

export function stagesMs(stages: RampingVus["stages"]): number {
  return stages.reduce((sum, { duration }) => sum + durationMs(duration), 0);
}

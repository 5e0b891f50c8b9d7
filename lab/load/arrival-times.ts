/** From rate to rate over a time; rates in iterations per ms. */
export type RateStage = { fromRate: number; toRate: number; durationMs: number };

/**
 * When each iteration is due, in ms from the start: on schedule, whatever becomes of those before. The number that are due by a
 * time is the integral of the rate, a line from stage to stage.
 *
 * `first`: at a constant rate the first is due at once, and one that would be due at the very end is not (k6:
 * lib/executor/constant_arrival_rate.go). In stages the first is due when the integral has come to 1, and the last may be at the
 * very end (k6: lib/executor/ramping_arrival_rate.go, `cal`).
 */
export function* arrivalTimes(stages: readonly RateStage[], first: "at-once" | "after-one"): Generator<number> {
  let [before, beginMs, next] = [0, 0, first === "at-once" ? 0 : 1];
  const rounding = first === "at-once" ? -1e-9 : 1e-9;
  for (const { fromRate, toRate, durationMs } of stages) {
    const arrivals = ((fromRate + toRate) / 2) * durationMs;
    const slope = durationMs === 0 ? 0 : (toRate - fromRate) / durationMs;
    while (next < before + arrivals + rounding) {
      yield beginMs + Math.min(durationMs, timeOf(next - before, fromRate, slope));
      next += 1;
    }
    before += arrivals;
    beginMs += durationMs;
  }
}

/** When a number of arrivals is reached at a rate that changes by `slope`: the root of slope/2 t² + rate t = count. */
function timeOf(count: number, rate: number, slope: number): number {
  if (Math.abs(slope) < 1e-15) return rate === 0 ? 0 : count / rate;
  const root = Math.sqrt(Math.max(0, rate ** 2 + 2 * slope * count));
  // This form loses nothing where the slope is small.
  return rate + root === 0 ? 0 : (2 * count) / (rate + root);
}

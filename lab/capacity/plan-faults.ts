import type { PlanAsk } from "../model/capacity-plan.ts";
import type { Fault } from "../scenario/fault.ts";

const RULES: Readonly<Record<keyof PlanAsk, { min: number; max: number; isWhole?: boolean; what: string }>> = {
  callsPerDay: { min: 0, max: 1e9, what: "a number of calls" },
  minutesPerCall: { min: 0, max: 1_440, what: "minutes, at most a day of them" },
  shareRelayed: { min: 0, max: 1, what: "a share from 0 to 1" },
  peakFactor: { min: 1, max: 1_000, what: "a factor of at least 1" },
  regions: { min: 1, max: 1_000, isWhole: true, what: "a whole number of at least 1" },
  headroom: { min: 0.05, max: 1, what: "a share from 0.05 to 1" },
  spares: { min: 0, max: 1_000, isWhole: true, what: "a whole number of at least 0" },
};

/** Everything that is wrong with a planner's numbers; `placeOf` says where each came from: `--calls-per-day`. */
export function planFaults(ask: PlanAsk, placeOf: (key: keyof PlanAsk) => string): Fault[] {
  return (Object.keys(RULES) as (keyof PlanAsk)[]).flatMap((key) => {
    const { min, max, isWhole = false, what } = RULES[key];
    const value = ask[key];
    const isRight = Number.isFinite(value) && value >= min && value <= max && (!isWhole || Number.isInteger(value));
    return isRight ? [] : [{ place: placeOf(key), expected: what, found: String(value) }];
  });
}

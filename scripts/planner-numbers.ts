import { PLAN_DEFAULTS, type PlanAsk } from "../lab/model/capacity-plan.ts";
import type { Fault } from "../lab/scenario/fault.ts";

/** The planner's own numbers, as a command line has them. */
export type PlannerOptions = {
  callsPerDay?: string;
  minutes?: string;
  relayedShare?: string;
  peakFactor?: string;
  regions?: string;
  headroom?: string;
  spares?: string;
};

type Range = { min: number; max: number; isWhole?: boolean; expected: string };

const RANGES: Readonly<Record<keyof PlannerOptions, Range>> = {
  callsPerDay: { min: 1, max: 1e10, expected: "calls a day, at least 1" },
  minutes: { min: 0.01, max: 1_440, expected: "minutes that a call lasts on average, up to 1440" },
  relayedShare: { min: 0, max: 1, expected: "the share of calls that need a relay, as 0.2 or 20%" },
  peakFactor: { min: 1, max: 1_000, expected: "the busiest time over the mean of the day, at least 1" },
  regions: { min: 1, max: 1_000, isWhole: true, expected: "a whole number of regions" },
  headroom: { min: 0.01, max: 1, expected: "what a machine is planned to carry of its knee, as 0.7 or 70%" },
  spares: { min: 0, max: 1_000, isWhole: true, expected: "a whole number of machines in each region" },
};

/** Null without `--calls-per-day`: there is nothing to plan for. */
export function readPlanner(options: PlannerOptions): { plan: PlanAsk | null; faults: Fault[] } {
  const faults: Fault[] = [];
  const read = (option: keyof PlannerOptions): number | undefined => {
    const text = options[option];
    if (text === undefined) return undefined;
    const { min, max, isWhole = false, expected } = RANGES[option];
    const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
    const value = Number(number) / (percent ? 100 : 1);
    if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
    faults.push({ place: placeOf(option), expected, found: `"${text}"` });
    return undefined;
  };
  const values = {
    callsPerDay: read("callsPerDay"),
    minutesPerCall: read("minutes"),
    shareRelayed: read("relayedShare"),
    peakFactor: read("peakFactor"),
    regions: read("regions"),
    headroom: read("headroom"),
    spares: read("spares"),
  };
  if (options.callsPerDay === undefined) {
    const others = (Object.keys(RANGES) as (keyof PlannerOptions)[]).filter((option) => options[option] !== undefined);
    for (const option of others)
      faults.push({ place: placeOf(option), expected: "--calls-per-day beside it", found: "none" });
    return { plan: null, faults };
  }
  const { callsPerDay = 1, minutesPerCall = MINUTES_DEFAULT, ...rest } = values;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { plan: { ...PLAN_DEFAULTS, ...given, callsPerDay, minutesPerCall }, faults };
}

/** Where the planner does not say: a short conversation. */
const MINUTES_DEFAULT = 5;

const placeOf = (option: string) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

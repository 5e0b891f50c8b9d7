import { planFaults } from "../lab/capacity/plan-faults.ts";
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

const OPTIONS: Readonly<Record<keyof PlanAsk, keyof PlannerOptions>> = {
  callsPerDay: "callsPerDay",
  minutesPerCall: "minutes",
  shareRelayed: "relayedShare",
  peakFactor: "peakFactor",
  regions: "regions",
  headroom: "headroom",
  spares: "spares",
};
/** Where the planner does not say: a short conversation. */
const MINUTES_DEFAULT = 5;

/** Null without `--calls-per-day`: there is nothing to plan for. */
export function readPlanner(options: PlannerOptions): { plan: PlanAsk | null; faults: Fault[] } {
  const given = (Object.entries(OPTIONS) as [keyof PlanAsk, keyof PlannerOptions][]).flatMap(([key, option]) => {
    const text = options[option];
    return text === undefined ? [] : [{ key, text, value: numberOf(text) }];
  });
  if (options.callsPerDay === undefined) {
    const expected = "--calls-per-day beside it";
    return { plan: null, faults: given.map(({ key }) => ({ place: placeOf(key), expected, found: "none" })) };
  }
  const values = Object.fromEntries(given.map(({ key, value }) => [key, value]));
  const plan: PlanAsk = { ...PLAN_DEFAULTS, callsPerDay: 0, minutesPerCall: MINUTES_DEFAULT, ...values };
  const found = new Map(given.map(({ key, text }) => [placeOf(key), `"${text}"`]));
  const faults = planFaults(plan, placeOf).map((fault) => ({ ...fault, found: found.get(fault.place) ?? fault.found }));
  return { plan, faults };
}

/** `0.2`, `20%`. */
function numberOf(text: string): number {
  const [, number = "", percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  return number === "" ? Number.NaN : Number(number) / (percent ? 100 : 1);
}

const placeOf = (key: keyof PlanAsk) => `--${OPTIONS[key].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

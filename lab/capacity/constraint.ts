import type { CapacityStep } from "../model/capacity.ts";
import type { ConstraintFinding, SearchAsk, SearchEnd } from "../model/capacity-search.ts";
import { generatorReasons } from "./carries.ts";

/** What bound around the knee, most telling first; empty where nothing can be named. */
export function nameConstraint(_ask: SearchAsk, steps: readonly CapacityStep[], _end: SearchEnd): ConstraintFinding[] {
  const last = steps.at(-1);
  if (!last) return [];
  return generatorReasons(last).map((evidence) => ({ constraint: "generator", weight: 1, evidence }));
}

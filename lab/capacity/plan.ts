import type { CapacityCall, MachineSize } from "../model/capacity.ts";
import type { CapacityModel } from "../model/capacity-model.ts";
import type { CapacityPlan, PlanAsk, PriceTable } from "../model/capacity-plan.ts";
import type { Knee } from "../model/capacity-report.ts";

/** Machines, and the bill, for a planner's own numbers. */
export function makePlan(_: {
  ask: PlanAsk;
  call: CapacityCall;
  size: MachineSize;
  knee: Knee;
  model: CapacityModel | null;
  prices: PriceTable;
}): CapacityPlan | null {
  return null;
}

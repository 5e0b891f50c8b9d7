import type { CapacityLimits } from "../model/capacity.ts";
import type { SearchSettings } from "../model/capacity-search.ts";

/** What users notice: a call in 200 that does not come, two seconds of waiting, speech that breaks up, answers that come late. */
export const DEFAULT_LIMITS: CapacityLimits = {
  successRate: 0.995,
  connectTimeP95Ms: 2_000,
  packetLoss: 0.01,
  roundTripP95Ms: 100,
};

/** About ten steps of eight seconds each. `budgetMs` is replaced by what is left of the run's own. */
export const DEFAULT_SETTINGS: SearchSettings = {
  precision: 0.05,
  holdMs: 3_000,
  confirmMs: 6_000,
  maxSteps: 24,
  budgetMs: 240_000,
};

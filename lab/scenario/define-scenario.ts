import type { Scenario } from "../model/scenario.ts";

/** Types a scenario file in the editor; returns what it was given. */
export function defineScenario<const S extends Scenario>(scenario: S): S {
  return scenario;
}

import type { AllocationScenario } from "../model/allocation-load.ts";
import type { FieldFailure } from "../model/field-failure.ts";
import type { GateMutations } from "../model/gate-mutation.ts";
import type { GridScenario } from "../model/grid.ts";
import type { Scenario } from "../model/scenario.ts";
import type { KnownThresholds } from "../model/thresholds.ts";

/** Types a scenario file in the editor, the names of its thresholds too; returns what it was given. */
export function defineScenario<const S extends Scenario>(
  scenario: S & { thresholds?: KnownThresholds<S["thresholds"]> },
): S {
  return scenario;
}

/** Types a grid's file in the editor; returns what it was given. */
export function defineGrid<const G extends GridScenario>(grid: G): G {
  return grid;
}

/** Types the file of a load of allocations in the editor; returns what it was given. */
export function defineAllocations<const A extends AllocationScenario>(scenario: A): A {
  return scenario;
}

/** Types a failure's file in the editor; returns what it was given. */
export function defineFailure<const F extends FieldFailure>(failure: F): F {
  return failure;
}

/** Types a gate's set of mutations in the editor; returns what it was given. */
export function defineGateMutations<const M extends GateMutations>(mutations: M): M {
  return mutations;
}

import type { Scenario } from "../model/scenario.ts";
import { expectationFaults } from "./expectation-faults.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { loadFaults } from "./load-faults.ts";
import { peerFaults } from "./peer-faults.ts";
import { structureFaults } from "./structure-faults.ts";
import { topologyFaults } from "./topology-faults.ts";

export { formatFaults } from "./fault.ts";

const SCENARIO_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Checks a scenario called `name`. Returns it typed, or every fault it has in one go; runs nothing. */
export function checkScenario(value: unknown, name: string): { scenario: Scenario } | { faults: Fault[] } {
  const faults = [
    ...nameFaults(name),
    ...structureFaults(value),
    ...topologyFaults(value),
    ...peerFaults(value),
    ...loadFaults(value),
    ...expectationFaults(value),
  ];
  // The type is what the checks above have established.
  return faults.length > 0 ? { faults } : { scenario: value as Scenario };
}

function nameFaults(name: string): Fault[] {
  if (SCENARIO_NAME.test(name)) return [];
  return [
    { place: "(file name)", expected: "at most 63 of a-z, 0-9 and -: it is the scenario's name", found: show(name) },
  ];
}

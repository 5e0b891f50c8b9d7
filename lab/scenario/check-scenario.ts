import type { AllocationScenario } from "../model/allocation-load.ts";
import type { AnyScenario } from "../model/grid.ts";
import { allocationFaults } from "./allocation-faults.ts";
import { allocationRoomFaults } from "./allocation-room-faults.ts";
import { changeFaults } from "./change-faults.ts";
import { clientFlawFaults } from "./client-flaw-faults.ts";
import { differenceFaults } from "./difference-faults.ts";
import { engineFaults } from "./engine-faults.ts";
import { expectationFaults } from "./expectation-faults.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { gridFaults } from "./grid-faults.ts";
import { iceServerApiFaults } from "./ice-server-api-faults.ts";
import { iceServerPolicyFaults } from "./ice-server-policy-faults.ts";
import { loadFaults } from "./load-faults.ts";
import { packetFaults } from "./packet-faults.ts";
import { peerFaults } from "./peer-faults.ts";
import { deadHostFaults } from "./raw-ice-server-faults.ts";
import { isAllocationsValue, isGridValue } from "./read.ts";
import { recoveryFaults } from "./recovery-faults.ts";
import { signallingFaults } from "./signalling-faults.ts";
import { structureFaults } from "./structure-faults.ts";
import { thresholdFaults } from "./threshold-faults.ts";
import { topologyFaults } from "./topology-faults.ts";

export { formatFaults } from "./fault.ts";

const SCENARIO_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Checks a scenario, grid or load of allocations called `name`. Returns it typed, or every fault it has in one go; runs nothing. */
export function checkScenario(value: unknown, name: string): { scenario: AnyScenario } | { faults: Fault[] } {
  const faults = [
    ...nameFaults(name),
    ...structureFaults(value),
    ...topologyFaults(value),
    ...iceServerApiFaults(value),
    ...deadHostFaults(value),
    ...peerFaults(value),
    ...engineFaults(value),
    ...packetFaults(value),
    ...clientFlawFaults(value),
    ...iceServerPolicyFaults(value),
    ...(isAllocationsValue(value)
      ? [...loadFaults(value), ...allocationFaults(value), ...thresholdFaults(value, name)]
      : isGridValue(value)
        ? [...gridFaults(value), ...differenceFaults(value)]
        : [
            ...loadFaults(value),
            ...expectationFaults(value),
            ...thresholdFaults(value, name),
            ...changeFaults(value),
            ...recoveryFaults(value),
            ...signallingFaults(value),
          ]),
  ];
  if (faults.length === 0 && isAllocationsValue(value)) {
    const room = allocationRoomFaults(value as AllocationScenario);
    if (room.length > 0) return { faults: room };
  }
  // The type is what the checks above have established.
  return faults.length > 0 ? { faults } : { scenario: value as AnyScenario };
}

function nameFaults(name: string): Fault[] {
  if (SCENARIO_NAME.test(name)) return [];
  return [
    { place: "(file name)", expected: "at most 63 of a-z, 0-9 and -: it is the scenario's name", found: show(name) },
  ];
}

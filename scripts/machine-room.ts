import { isAllocations } from "../lab/model/grid.ts";
import type { NamedScenario } from "../lab/run.ts";
import { askMachineRoom } from "../lab/runtime/ask-machine-room.ts";
import type { Engine } from "../lab/runtime/engine.ts";
import { machineRoomFaults } from "../lab/scenario/allocation-room-faults.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import { InvalidInput } from "./invalid-input.ts";

/** Whether the engine's machine has room for every load of allocations. @throws InvalidInput with all that it has not */
export async function checkMachineRoom(
  scenarios: readonly NamedScenario[],
  { engine, images, runId }: { engine: Engine; images: Readonly<Record<string, string>>; runId: string },
): Promise<void> {
  const loads = scenarios.flatMap(({ name, scenario }) => (isAllocations(scenario) ? [{ name, scenario }] : []));
  if (loads.length === 0) return;
  const room = await askMachineRoom(engine, images.peer ?? "", runId);
  const messages = loads.flatMap(({ name, scenario }) => {
    const faults = machineRoomFaults(scenario, room);
    return faults.length > 0 ? [formatFaults(name, faults)] : [];
  });
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));
}

import { UnavailableError } from "./lab-error.ts";
import type { MachineSize } from "./model/capacity.ts";
import type { EngineInfo } from "./model/events.ts";
import type { TurnServerSpec } from "./model/topology.ts";

const GIB = 1024 ** 3;

/** What of a size this machine has not; null: it has all of it. */
export function oversizeOf(
  { cpus = 0, memoryBytes = 0 }: MachineSize,
  machine: Pick<EngineInfo, "cpus" | "memoryBytes">,
): string | null {
  if (cpus > machine.cpus) return `${cpus} cores, and the engine's machine has ${machine.cpus}`;
  if (memoryBytes > machine.memoryBytes)
    return `${(memoryBytes / GIB).toFixed(1)} GiB of memory, and the engine's machine has ${(machine.memoryBytes / GIB).toFixed(1)}`;
  return null;
}

/** A limit above what there is limits nothing, and a server would be told as larger than it was. @throws UnavailableError */
export function refuseOversize(
  servers: Readonly<Record<string, TurnServerSpec>>,
  machine: Pick<EngineInfo, "cpus" | "memoryBytes">,
): void {
  for (const [name, { size }] of Object.entries(servers)) {
    const missing = size && oversizeOf(size, machine);
    if (missing) throw new UnavailableError(`the server ${name} stands for a machine with ${missing}`);
  }
}

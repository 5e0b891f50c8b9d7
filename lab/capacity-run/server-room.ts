import type { MachineSize, ServerRoom } from "../model/capacity.ts";
import type { TurnServerPlan } from "../turn/turn-server.ts";

/** What a server has room for by its configuration and its machine, before anything is measured; null where nothing bounds it. */
export function serverRoom(
  { relay, options }: Pick<TurnServerPlan, "relay" | "options">,
  size: MachineSize,
): ServerRoom {
  const positive = (option: string) => {
    const value = Number(options[option] ?? 0);
    return value > 0 ? value : null;
  };
  return {
    relayPorts: relay.maxPort - relay.minPort + 1,
    fileDescriptors: size.fileDescriptors ?? null,
    totalQuota: positive("total-quota"),
    userQuota: positive("user-quota"),
    bpsCapacity: positive("bps-capacity"),
    relayThreads: positive("relay-threads"),
  };
}

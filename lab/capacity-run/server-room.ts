import type { MachineSize, ServerRoom } from "../model/capacity.ts";
import { RELAY_PORTS } from "../model/ice.ts";
import type { TurnServerSpec } from "../model/topology.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";

/**
 * What a server has room for by its configuration and its machine, before anything is measured; null where nothing bounds it. `options`: of
 * a server without a turnserver.conf, beside those of the lab.
 */
export function roomOf(config: TurnConfig | null, options: TurnServerSpec["options"], size: MachineSize): ServerRoom {
  const given = config?.facts.options ?? options ?? {};
  const positive = (option: string) => {
    const value = Number(given[option] ?? 0);
    return value > 0 ? value : null;
  };
  const minPort = config?.facts.relay.minPort ?? positive("min-port") ?? RELAY_PORTS.min;
  const maxPort = config?.facts.relay.maxPort ?? positive("max-port") ?? RELAY_PORTS.max;
  return {
    relayPorts: maxPort - minPort + 1,
    fileDescriptors: size.fileDescriptors ?? null,
    totalQuota: positive("total-quota"),
    // Where a secret mints credentials each call is another user's (lab/turn-load), and no user has more than one.
    userQuota: mintsCredentials(config) ? null : positive("user-quota"),
    bpsCapacity: positive("bps-capacity"),
    maxBps: positive("max-bps"),
    relayThreads: positive("relay-threads"),
  };
}

function mintsCredentials(config: TurnConfig | null): boolean {
  const credential = config?.facts.credential;
  return credential?.kind === "secret" || (credential?.kind === "missing" && credential.what === "secret");
}

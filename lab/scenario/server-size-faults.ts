import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, membersAt } from "./read.ts";

/** Faults of what a server may use, beyond its ranges (schema.ts). */
export function serverSizeFaults(value: unknown): Fault[] {
  return membersAt(value, "topology", "turnServers").flatMap(([name, server]) => {
    if (!isRecord(server) || !isRecord(server.size)) return [];
    const { nicBitsPerSecond } = server.size;
    if (nicBitsPerSecond === undefined || server.link === undefined) return [];
    return [
      {
        place: `topology.turnServers.${name}.size.nicBitsPerSecond`,
        expected: "none beside link: both would queue on the same wire",
        found: show(nicBitsPerSecond),
        hint: "Conditions of a wire go to the link of a router or a peer; or give this link a rateKbps instead.",
      },
    ];
  });
}

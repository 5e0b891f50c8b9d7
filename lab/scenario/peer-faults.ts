import { ROLES } from "../model/scenario.ts";
import { INTERNET } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { didYouMean } from "./nearest.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { listed } from "./topology-faults.ts";

/** Faults of peers: what they stand behind, and which ICE servers they are given. */
export function peerFaults(value: unknown): Fault[] {
  const routers = membersAt(value, "topology", "routers").map(([name]) => name);
  const servers = membersAt(value, "topology", "turnServers").map(([name]) => name);
  return ROLES.flatMap((role) => [
    ...behindFaults(`peers.${role}.behind`, valueAt(value, ["peers", role, "behind"]), routers),
    ...iceServerFaults(`peers.${role}.iceServers`, valueAt(value, ["peers", role, "iceServers"]), servers),
  ]);
}

function behindFaults(place: string, behind: unknown, routers: readonly string[]): Fault[] {
  if (typeof behind !== "string" || behind === INTERNET || routers.includes(behind)) return [];
  const expected = `a router${listed(routers)} or "${INTERNET}"`;
  return [{ place, expected, found: show(behind), ...didYouMean(behind, [...routers, INTERNET]) }];
}

function iceServerFaults(place: string, iceServers: unknown, servers: readonly string[]): Fault[] {
  if (!Array.isArray(iceServers)) return [];
  return iceServers.flatMap((ref: unknown, index): Fault[] => {
    const isObject = isRecord(ref);
    const name = isObject ? ref.server : ref;
    if (typeof name !== "string" || servers.includes(name)) return [];
    return [
      {
        place: `${place}[${index}]${isObject ? ".server" : ""}`,
        expected:
          servers.length === 0
            ? "a server of topology.turnServers, which has none"
            : `one of topology.turnServers${listed(servers)}`,
        found: show(name),
        ...didYouMean(name, servers),
      },
    ];
  });
}

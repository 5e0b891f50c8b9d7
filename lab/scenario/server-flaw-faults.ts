import { letsIn, type PortRule } from "../model/firewall.ts";
import { hostnameOf, INTERNET } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { AUTHENTICATION, isMinted } from "./minted-server-faults.ts";
import { isGridValue, isRecord, membersAt, valueAt } from "./read.ts";
import { listenerPorts } from "./server-firewall-faults.ts";

/** Faults of what is wrong with a server besides its certificate: where it cannot be, or says nothing. */
export function serverFlawFaults(value: unknown): Fault[] {
  return membersAt(value, "topology", "turnServers").flatMap(([name, server]) => {
    if (!isRecord(server)) return [];
    const place = `topology.turnServers.${name}`;
    return [
      ...keyRealmFaults(`${place}.keyRealm`, name, server, value),
      ...ttlFaults(`${place}.sendsTtl`, name, server, value),
    ];
  });
}

type Server = Record<string, unknown>;

const OF_A_CELL = "none in a grid: what a cell must come to is computed from servers that do as they should";

function keyRealmFaults(place: string, name: string, server: Server, value: unknown): Fault[] {
  const { keyRealm } = server;
  if (typeof keyRealm !== "string") return [];
  const fault = (expected: string, found = show(keyRealm)): Fault[] => [{ place, expected, found }];
  if (isGridValue(value)) return fault(OF_A_CELL);
  if (isMinted(value, name)) return fault("none: credentials are minted for this server, and it stores no key");
  if (server.config !== undefined) return fault("none beside a turnserver.conf: the keys are the file's");
  if (isRecord(server.image)) return fault("none: it is for coturn, and image describes a server that is not");
  const own = AUTHENTICATION.find((key) => valueAt(server, ["options", key]) !== undefined);
  if (own !== undefined) return fault("none where options say how clients get in", `options.${own}`);
  const hostname = typeof server.hostname === "string" ? server.hostname : undefined;
  if (keyRealm === (server.realm ?? hostnameOf(name, hostname)))
    return fault("another realm than the server's own: with that one its key is right");
  return [];
}

function ttlFaults(place: string, name: string, server: Server, value: unknown): Fault[] {
  const { sendsTtl } = server;
  if (typeof sendsTtl !== "number") return [];
  const fault = (expected: string, found = show(sendsTtl)): Fault[] => [{ place, expected, found }];
  if (isGridValue(value)) return fault(OF_A_CELL);
  if (server.behind !== undefined && server.behind !== INTERNET)
    return fault("none of a server behind a router, whose forwards are proven from the server's own ports");
  const listeners = listenerPorts(value, name, server);
  // A turnserver.conf has yet to say what it listens on.
  if (server.config !== undefined || listeners.length === 0) return [];
  if (!listeners.some(({ protocol }) => protocol === "udp"))
    return fault("a server that listens on UDP: TCP does not know it");
  const rules = server.firewall;
  const letIn = Array.isArray(rules) && rules.every((rule) => typeof rule === "string") ? rules : undefined;
  if (!listeners.some((listener) => listener.protocol === "tcp" && letsIn(letIn as PortRule[] | undefined, listener)))
    return fault("a server that answers over TCP as well: the lab would not know whether it is alive");
  return [];
}

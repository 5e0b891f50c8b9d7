import type { Fault } from "./fault.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";

/** What a server authenticates by when its credentials are minted; its own words for that would contradict. */
export const AUTHENTICATION = ["user", "lt-cred-mech", "use-auth-secret", "static-auth-secret", "userdb", "no-auth"];

/** Servers that an API of the topology mints credentials for. */
function mintedByApis(value: unknown): unknown[] {
  return membersAt(value, "topology", "iceServerApis").flatMap(([, api]) => {
    const servers = valueAt(api, ["servers"]);
    return Array.isArray(servers) && valueAt(api, ["provider"]) !== "static" ? (servers as unknown[]) : [];
  });
}

/** Whether a server takes time-limited credentials: the scenario gives it secrets, or an API mints for it. */
export function isMinted(value: unknown, server: string): boolean {
  return (
    valueAt(value, ["topology", "turnServers", server, "secrets"]) !== undefined || mintedByApis(value).includes(server)
  );
}

/** Faults of servers that take time-limited credentials. */
export function mintedServerFaults(value: unknown): Fault[] {
  const minting = mintedByApis(value);
  return membersAt(value, "topology", "turnServers").flatMap(([name, server]): Fault[] => {
    if (!isRecord(server) || (server.secrets === undefined && !minting.includes(name))) return [];
    // Whether a turnserver.conf goes with it is told by lab/apply-turn-config.ts, which has read it.
    const options = server.config === undefined && isRecord(server.options) ? server.options : {};
    const own = AUTHENTICATION.filter((key) => options[key] !== undefined).map((key) => `options.${key}`);
    const why = server.secrets === undefined ? "an API mints its credentials" : "it has secrets";
    return [...(server.credential === undefined ? [] : ["credential"]), ...own].map((key) => ({
      place: `topology.turnServers.${name}.${key}`,
      expected: `nothing: ${why}, and it takes no others`,
      found: "a value",
    }));
  });
}

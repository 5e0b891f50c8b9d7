import { apiOffers } from "../model/ice-server-api.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import { hostnameOf, type Topology, type TurnServerSpec } from "../model/topology.ts";

/**
 * The servers of a topology as its APIs hand them out: under the names of the provider, with a shared secret to mint with
 * where the provider's credentials expire. `freshSecret` is for those that have none of their own. Pure.
 */
export function serversOfApis(topology: Topology, freshSecret: string): Record<string, TurnServerSpec> {
  const servers = { ...topology.turnServers };
  for (const { server, hosts, isMinted } of offersOf(topology)) {
    const spec = servers[server];
    if (!spec) continue;
    const own = hostnameOf(server, spec.hostname);
    const aliases = [...new Set([...(spec.aliases ?? []), ...hosts])].filter((host) => host !== own);
    servers[server] = {
      ...spec,
      ...(aliases.length > 0 ? { aliases } : {}),
      ...(isMinted ? { secrets: spec.secrets ?? [freshSecret] } : {}),
    };
  }
  return servers;
}

/** The ports that APIs name, by server: it listens there, as the provider does. */
export function portsOfApis(topology: Topology): Record<string, number[]> {
  const ports: Record<string, number[]> = {};
  for (const { server, ports: named } of offersOf(topology)) ports[server] = [...(ports[server] ?? []), ...named];
  return ports;
}

function offersOf({ turnServers = {}, iceServerApis = {} }: Topology) {
  return Object.values(iceServerApis).flatMap((api) =>
    apiOffers(api, (server) => hostnameOf(server, turnServers[server]?.hostname)).map(({ server, urls }) => {
      const parsed = urls.map(parseIceUrl).filter((url) => "kind" in url);
      const hosts = [...new Set(parsed.map(({ host }) => host))];
      return { server, hosts, ports: parsed.map(({ port }) => port), isMinted: api.provider !== "static" };
    }),
  );
}

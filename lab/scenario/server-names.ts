import { apiOffers, ICE_SERVER_PROVIDERS, type IceServerApiSpec, providerFacts } from "../model/ice-server-api.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import { hostnameOf } from "../model/topology.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";

export function isProvider(provider: unknown): provider is IceServerApiSpec["provider"] {
  return typeof provider === "string" && Object.hasOwn(ICE_SERVER_PROVIDERS, provider);
}

/** Every name that leads to a server, and which: its own, further ones, and those that APIs give it. */
export function serverNames(value: unknown): { host: string; server: string; place: string }[] {
  const servers = membersAt(value, "topology", "turnServers");
  const own = (name: string) => {
    const given = valueAt(value, ["topology", "turnServers", name, "hostname"]);
    return hostnameOf(name, typeof given === "string" ? given : undefined);
  };
  const ofServers = servers.flatMap(([server, spec]) => {
    const aliases = valueAt(spec, ["aliases"]);
    const place = `topology.turnServers.${server}`;
    const further = Array.isArray(aliases) ? aliases.filter((one): one is string => typeof one === "string") : [];
    return [
      { host: own(server), server, place: `${place}.hostname` },
      ...further.map((host, index) => ({ host, server, place: `${place}.aliases[${index}]` })),
    ];
  });
  const ofApis = membersAt(value, "topology", "iceServerApis").flatMap(([name, api]) => {
    if (!isRecord(api) || !isProvider(api.provider) || !Array.isArray(api.servers)) return [];
    // Servers that are none, and those too many, are told already.
    const all = api.servers.slice(0, providerFacts(api.provider).maxServers) as unknown[];
    const known = all.filter((one): one is string => servers.some(([server]) => server === one));
    const variant = typeof api.variant === "string" ? { variant: api.variant } : {};
    const hosts = Array.isArray(api.hosts) ? { hosts: api.hosts.map(String) } : {};
    return apiOffers({ provider: api.provider, servers: known, ...variant, ...hosts }, own).flatMap(
      ({ server, urls }) => {
        const parsed = urls.map(parseIceUrl).flatMap((url) => ("kind" in url ? [url.host] : []));
        return [...new Set(parsed)].map((host) => ({ host, server, place: `topology.iceServerApis.${name}` }));
      },
    );
  });
  return [...ofServers, ...ofApis].map((one) => ({ ...one, host: one.host.toLowerCase() }));
}

import { providerFacts } from "../model/ice-server-api.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isDnsName } from "./hostname-faults.ts";
import { mintedServerFaults } from "./minted-server-faults.ts";
import { isGridValue, isRecord, membersAt, valueAt } from "./read.ts";
import { isProvider, serverNames } from "./server-names.ts";
import { listed } from "./topology-faults.ts";

/** Faults of APIs that hand out ICE servers: what each can be asked for, and what its names lead to. */
export function iceServerApiFaults(value: unknown): Fault[] {
  const apis = membersAt(value, "topology", "iceServerApis");
  const [first] = apis;
  if (first && isGridValue(value)) {
    const expected = "no API: what a cell must come to is computed from the servers that its peers name";
    return [{ place: "topology.iceServerApis", expected, found: `${apis.length}, such as ${show(first[0])}` }];
  }
  return [
    ...apis.flatMap(([name, api]) => apiFaults(name, api, value)),
    ...sharedHostFaults(value),
    ...mintedServerFaults(value),
  ];
}

function apiFaults(name: string, api: unknown, value: unknown): Fault[] {
  const place = `topology.iceServerApis.${name}`;
  const servers = membersAt(value, "topology", "turnServers").map(([server]) => server);
  const faults: Fault[] = [];
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    faults.push({
      place,
      expected: "a name of at most 31 of a-z, 0-9 and -, that begins with a letter",
      found: show(name),
    });
  }
  if (servers.includes(name)) {
    faults.push({
      place,
      expected: "a name of its own",
      found: `${show(name)}, which is also topology.turnServers.${name}`,
    });
  }
  if (!isRecord(api) || !isProvider(api.provider)) return faults; // Told by the structure.
  const facts = providerFacts(api.provider);
  const { variant, keys, hosts, ttlSeconds } = api;
  if (typeof variant === "string" && !facts.variants.includes(variant)) {
    const expected = `a variant of ${api.provider}${listed(facts.variants)}`;
    faults.push({ place: `${place}.variant`, expected, found: show(variant), ...didYouMean(variant, facts.variants) });
  }
  const keyNames = Object.keys(facts.keys).filter((key) => key !== "url");
  for (const key of isRecord(keys) ? Object.keys(keys) : []) {
    if (keyNames.includes(key)) continue;
    const expected = `a key of ${api.provider}${listed(keyNames)}`;
    faults.push({ place: `${place}.keys.${key}`, expected, found: show(key), ...didYouMean(key, keyNames) });
  }
  if (api.handsOut !== undefined && !facts.isOwnBackend) {
    const expected = `nothing: ${api.provider} itself chooses which of its servers a list holds`;
    faults.push({ place: `${place}.handsOut`, expected, found: show(api.handsOut) });
  }
  if (ttlSeconds !== undefined && facts.defaultTtlSeconds === null) {
    const expected = "no lifetime: the credentials of a fixed list do not end";
    faults.push({ place: `${place}.ttlSeconds`, expected, found: show(ttlSeconds) });
  }
  if (hosts !== undefined && facts.turnHost === null) {
    const expected = `no names: ${api.provider} hands servers out under their own (hostname)`;
    faults.push({ place: `${place}.hosts`, expected, found: show(hosts) });
  }
  for (const [index, host] of Array.isArray(hosts) ? hosts.entries() : []) {
    if (typeof host !== "string" || isDnsName(host)) continue;
    faults.push({
      place: `${place}.hosts[${index}]`,
      expected: "a DNS name, such as fr-turn8.xirsys.com",
      found: show(host),
    });
  }
  const isReal = api.endpoint === "real";
  faults.push(...(isReal ? realFaults(place, api) : serverFaults(place, api, facts.maxServers, value)));
  return [...faults, ...requestFaults(place, api.faults)];
}

/** The provider decides all of this. */
const OF_EMULATORS = ["servers", "hosts", "latencyMs", "keys", "faults", "cutsAtExpiry"] as const;

function realFaults(place: string, api: Record<string, unknown>): Fault[] {
  return OF_EMULATORS.filter((key) => api[key] !== undefined).map((key) => ({
    place: `${place}.${key}`,
    expected: 'nothing: with endpoint "real" the provider itself answers',
    found: show(api[key]),
  }));
}

function serverFaults(place: string, api: Record<string, unknown>, maxServers: number, value: unknown): Fault[] {
  const names = membersAt(value, "topology", "turnServers").map(([name]) => name);
  const { servers, hosts } = api;
  const found = Array.isArray(servers) ? (servers as unknown[]) : [];
  const faults = found.flatMap((server, index): Fault[] => {
    if (typeof server !== "string") return [];
    const at = `${place}.servers[${index}]`;
    const others = found.indexOf(server) < index;
    if (others) return [{ place: at, expected: "each server once", found: show(server) }];
    if (names.includes(server)) {
      const { image, secrets } = specOf(server, value);
      // A server that is no coturn is told its secret by whoever wrote its command line.
      const isUntold = api.provider !== "static" && isRecord(image) && secrets === undefined;
      const expected = "a server whose secrets the scenario gives, as its image is no coturn";
      const untold = isUntold ? [{ place: at, expected, found: `${show(server)}, which has none` }] : [];
      return [...untold, ...(api.cutsAtExpiry === true ? foreignFaults(at, server, value) : [])];
    }
    const expected = `one of topology.turnServers${listed(names)}`;
    return [{ place: at, expected, found: show(server), ...didYouMean(server, names) }];
  });
  if (found.length === 0) {
    faults.push({ place: `${place}.servers`, expected: "the servers that it hands out", found: show(servers) });
  }
  if (found.length > maxServers) {
    const expected = `at most ${maxServers}: ${String(api.provider)} hands out one name for all that it has`;
    faults.push({ place: `${place}.servers`, expected, found: show(servers) });
  }
  if (Array.isArray(hosts) && hosts.length !== found.length) {
    const expected = `a name for each of the ${found.length} servers`;
    faults.push({ place: `${place}.hosts`, expected, found: `${hosts.length}` });
  }
  const isCut = api.cutsAtExpiry === true;
  if (isCut && api.provider === "static") {
    const expected = "credentials that expire, which those of a fixed list do not";
    faults.push({ place: `${place}.cutsAtExpiry`, expected, found: "true" });
  }
  return [...faults, ...sharedSecretFaults(place, api, found, value)];
}

function specOf(server: string, value: unknown): Record<string, unknown> {
  const spec = valueAt(value, ["topology", "turnServers", server]);
  return isRecord(spec) ? spec : {};
}

/** What the lab does to a server while it runs, it does to a coturn of its own configuration. */
export function foreignFaults(place: string, server: string, value: unknown): Fault[] {
  const { config, image } = specOf(server, value);
  const foreign = config !== undefined ? "config" : isRecord(image) ? "an image that is no coturn" : undefined;
  if (foreign === undefined) return [];
  const expected = "a server of the lab's own configuration, whose secrets and allocations it can reach";
  return [{ place, expected, found: `${show(server)}, which has ${foreign}` }];
}

/** One credential opens them all (draft-uberti-behave-turn-rest-00), so one secret has to have made it. */
function sharedSecretFaults(
  place: string,
  { provider }: Record<string, unknown>,
  servers: unknown[],
  value: unknown,
): Fault[] {
  if (provider !== "coturn-rest") return [];
  const firsts = servers.map((server) => valueAt(value, ["topology", "turnServers", String(server), "secrets", 0]));
  if (new Set(firsts).size <= 1) return [];
  const expected = "servers whose first secret is the same: one credential opens them all";
  return [{ place: `${place}.servers`, expected, found: `${new Set(firsts).size} secrets` }];
}

function requestFaults(place: string, faults: unknown): Fault[] {
  if (!Array.isArray(faults)) return [];
  return faults.flatMap((fault: unknown, index) =>
    rangeFaults(`${place}.faults[${index}].requests`, valueAt(fault, ["requests"])),
  );
}

/** First and last, in this order. */
export function rangeFaults(place: string, range: unknown): Fault[] {
  if (!Array.isArray(range)) return [];
  const [first, last] = range as unknown[];
  if (typeof first !== "number" || typeof last !== "number" || first <= last) return [];
  return [{ place, expected: "the first and the last, in this order", found: show(range) }];
}

/** A name that an API hands out leads to one server. */
function sharedHostFaults(value: unknown): Fault[] {
  const names = serverNames(value);
  return names.flatMap(({ host, server, place }, index): Fault[] => {
    const other = names.find((one, at) => at < index && one.host === host && one.server !== server);
    if (!other || !place.startsWith("topology.iceServerApis.")) return [];
    const found = `${host} for ${server}, which ${other.place} has for ${other.server}`;
    return [{ place, expected: "names that lead to one server each", found, hint: "Give it hosts of its own." }];
  });
}

import { isIP } from "node:net";
import { parseIceUrl } from "../model/ice-url.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { serverNames } from "./server-names.ts";

/** Faults of an entry as an application has it: URLs that are none, and hosts that lead nowhere in the lab. */
export function rawIceServerFaults(place: string, entry: unknown, value: unknown): Fault[] {
  if (!isRecord(entry)) return [];
  const urls: unknown[] = [entry.urls].flat();
  const known = knownHosts(value);
  const faults = urls.flatMap((url, index): Fault[] => {
    if (typeof url !== "string") return [];
    const at = Array.isArray(entry.urls) ? `${place}.urls[${index}]` : `${place}.urls`;
    const parsed = parseIceUrl(url);
    if ("error" in parsed) {
      const expected = "stun:HOST[:PORT] or turn[s]:HOST[:PORT][?transport=udp|tcp]";
      return [{ place: at, expected, found: show(url), hint: parsed.error }];
    }
    const host = parsed.host.toLowerCase();
    if (known === null || known.includes(host)) return [];
    const what = isIP(host)
      ? "the publicAddress or privateAddress of a server"
      : "a server's hostname or alias, or one of topology.deadHosts";
    return [
      { place: at, expected: `a host that the lab has: ${what}`, found: show(parsed.host), ...didYouMean(host, known) },
    ];
  });
  const isTurn = urls.some((url) => typeof url === "string" && /^turns?:/i.test(url));
  for (const key of isTurn ? (["username", "credential"] as const) : []) {
    if (entry[key] !== undefined) continue;
    // W3C: an RTCPeerConnection throws InvalidAccessError where a TURN URL has none.
    faults.push({ place: `${place}.${key}`, expected: "one, as an entry with a TURN URL needs", found: "nothing" });
  }
  return faults;
}

/** Null where any name will do: nothing is to resolve, or a configuration of the user's own says who is called what. */
function knownHosts(value: unknown): string[] | null {
  if (valueAt(value, ["expectedFailure"]) === "dns_failed") return null;
  const servers = membersAt(value, "topology", "turnServers");
  if (servers.some(([, server]) => valueAt(server, ["config"]) !== undefined)) return null;
  const dead = valueAt(value, ["topology", "deadHosts"]);
  // A server behind a router that shares its address is known by that; on its LAN, or by mistake, by its own.
  const addresses = servers.flatMap(([, server]) => [
    valueAt(server, ["publicAddress"]),
    valueAt(server, ["privateAddress"]),
    valueAt(value, ["topology", "routers", String(valueAt(server, ["behind"])), "publicAddress"]),
  ]);
  const all = [...serverNames(value).map(({ host }) => host), ...(Array.isArray(dead) ? dead : []), ...addresses];
  return all.filter((host) => typeof host === "string").map((host) => host.toLowerCase());
}

/** Names that nobody has must not be somebody's. */
export function deadHostFaults(value: unknown): Fault[] {
  const dead = valueAt(value, ["topology", "deadHosts"]);
  if (!Array.isArray(dead)) return [];
  const names = serverNames(value);
  return dead.flatMap((host: unknown, index): Fault[] => {
    // A resolver that knows a name answers for all below it, too.
    const owner = names.find((one) => typeof host === "string" && `.${host.toLowerCase()}`.endsWith(`.${one.host}`));
    if (!owner) return [];
    const found = `${show(host)}, to which ${owner.place} answers`;
    return [{ place: `topology.deadHosts[${index}]`, expected: "a name that no server has", found }];
  });
}

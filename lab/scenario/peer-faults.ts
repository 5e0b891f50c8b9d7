import { parseIceUrlKind } from "../model/ice.ts";
import { didYouMean } from "../model/nearest.ts";
import { INTERNET } from "../model/topology.ts";
import { credentialFlawFaults } from "./credential-flaw-faults.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { linkFaults } from "./link-faults.ts";
import { rawIceServerFaults } from "./raw-ice-server-faults.ts";
import { isGridValue, isRecord, membersAt, peerNamesOf, valueAt } from "./read.ts";
import { hasIpv6 } from "./router-faults.ts";
import { listed } from "./topology-faults.ts";

/** Faults of peers: what they stand behind, their wires, and which ICE servers they are given. */
export function peerFaults(value: unknown): Fault[] {
  const routers = membersAt(value, "topology", "routers");
  const names = routers.map(([name]) => name);
  const peers = peerNamesOf(value);
  return peers.flatMap((name) => {
    const place = `peers.${name}`;
    const at = (key: string) => valueAt(value, ["peers", name, key]);
    const router = routers.find(([router]) => router === at("behind"))?.[1];
    return [
      ...behindFaults(`${place}.behind`, at("behind"), names),
      ...linkFaults(`${place}.link`, at("link"), hasIpv6(router)),
      ...iceServerFaults(`${place}.iceServers`, at("iceServers"), value),
    ];
  });
}

export function behindFaults(place: string, behind: unknown, routers: readonly string[]): Fault[] {
  if (typeof behind !== "string" || behind === INTERNET || routers.includes(behind)) return [];
  const expected = `a router${listed(routers)} or "${INTERNET}"`;
  return [{ place, expected, found: show(behind), ...didYouMean(behind, [...routers, INTERNET]) }];
}

/** Faults of a list of ICE servers: servers and APIs that are none, kinds of URL that are none, hosts that lead nowhere. */
export function iceServerFaults(place: string, iceServers: unknown, value: unknown): Fault[] {
  if (!Array.isArray(iceServers)) return [];
  const servers = membersAt(value, "topology", "turnServers").map(([name]) => name);
  const apis = membersAt(value, "topology", "iceServerApis").map(([name]) => name);
  return iceServers.flatMap((ref: unknown, index): Fault[] => {
    const isObject = isRecord(ref);
    if (isObject && !("server" in ref)) {
      if (!isGridValue(value)) return rawIceServerFaults(`${place}[${index}]`, ref, value);
      const expected = "a server of the topology: what a cell must come to is computed from those";
      return [{ place: `${place}[${index}]`, expected, found: show(ref) }];
    }
    const name = isObject ? ref.server : ref;
    const kinds = [
      ...(isObject && Array.isArray(ref.urls) ? urlKindFaults(`${place}[${index}].urls`, ref.urls) : []),
      ...credentialFlawFaults(`${place}[${index}]`, ref, value),
    ];
    // An API has its own say on which URLs there are.
    const names = isObject ? servers : [...servers, ...apis];
    if (typeof name !== "string" || names.includes(name)) return kinds;
    return [
      {
        place: `${place}[${index}]${isObject ? ".server" : ""}`,
        expected:
          names.length === 0
            ? "a server of topology.turnServers, which has none"
            : `one of topology.turnServers${isObject || apis.length === 0 ? "" : " or topology.iceServerApis"}${listed(names)}`,
        found: show(name),
        ...didYouMean(name, names),
      },
      ...kinds,
    ];
  });
}

const URL_KINDS = ["stun", "udp", "tcp", "tls"];

function urlKindFaults(place: string, kinds: readonly unknown[]): Fault[] {
  return kinds.flatMap((kind, index): Fault[] => {
    if (typeof kind !== "string" || parseIceUrlKind(kind)) return [];
    const words = URL_KINDS.map((word) => `"${word}"`).join(", ");
    const expected = `${words}, or a transport with a port, such as "tls:443"`;
    return [{ place: `${place}[${index}]`, expected, found: show(kind), ...didYouMean(kind, URL_KINDS) }];
  });
}

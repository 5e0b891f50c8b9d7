import { letsIn, type PortRule, parsePortRule } from "../model/firewall.ts";
import { INTERNET } from "../model/topology.ts";
import { sharedRouterOf } from "./address-faults.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { effectiveNat } from "./nat-faults.ts";
import { didYouMean } from "./nearest.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { type NetworkReader, readNetwork } from "./read-network.ts";
import { listenerPorts } from "./server-firewall-faults.ts";

const EI = "endpoint-independent";

/** Faults of servers that stand behind routers: behind which, and whether anybody gets in to them. */
export function serverPlaceFaults(value: unknown): Fault[] {
  const network = readNetwork(value);
  const routers = membersAt(value, "topology", "routers").map(([name]) => name);
  return membersAt(value, "topology", "turnServers").flatMap(([name, server]): Fault[] => {
    const behind = valueAt(server, ["behind"]);
    if (typeof behind !== "string" || behind === INTERNET) return [];
    const place = `topology.turnServers.${name}`;
    const router = network.routerAt(behind);
    if (router === undefined) {
      const known = routers.length === 0 ? "" : ` (${routers.join(", ")})`;
      const expected = `a router${known} or "${INTERNET}"`;
      return [
        { place: `${place}.behind`, expected, found: show(behind), ...didYouMean(behind, [...routers, INTERNET]) },
      ];
    }
    const ip = valueAt(router, ["ip"]);
    if (ip === "ipv6" || ip === "nat64") {
      const expected = "a router that has IPv4 inside";
      return [{ place: `${place}.behind`, expected, found: `${show(behind)}, whose ip is ${show(ip)}` }];
    }
    return [
      ...familyFaults(`${place}.ip`, server),
      ...(network.addressingOf(behind) === "one-to-one"
        ? oneToOneFaults(`${place}.behind`, behind, router)
        : sharedFaults(place, name, server, value, network)),
    ];
  });
}

function familyFaults(place: string, server: unknown): Fault[] {
  if (valueAt(server, ["ip"]) !== "dual") return [];
  const expected = '"ipv4", or a server on the internet: behind a router the lab gives a server IPv4 alone';
  return [{ place, expected, found: '"dual"' }];
}

/** Whoever comes to the outside address must get in: nothing else would let anybody begin. */
function oneToOneFaults(place: string, behind: string, router: unknown): Fault[] {
  const upstream = valueAt(router, ["upstream"]);
  if (typeof upstream === "string") {
    const expected =
      "a router on the internet, where its addressing is one-to-one: elsewhere no outside address is public";
    return [{ place, expected, found: `${show(behind)}, with upstream ${show(upstream)}` }];
  }
  const nat = effectiveNat(valueAt(router, ["nat"]));
  const filters = [nat?.filtering, valueAt(nat?.tcp, ["filtering"])];
  if (nat === null || filters.every((filtering) => filtering === EI)) return [];
  const expected = `a router that filters nothing (filtering and tcp.filtering "${EI}"), since its addressing is one-to-one`;
  const hint = "As cloud-1to1 does. What may come in to the server is its own firewall.";
  return [{ place, expected, found: `${show(behind)}, with ${filters.map(show).join(" and ")}`, hint }];
}

function sharedFaults(place: string, name: string, server: unknown, value: unknown, network: NetworkReader): Fault[] {
  const faults: Fault[] = [];
  const behind = String(valueAt(server, ["behind"]));
  if (valueAt(server, ["firewall"]) !== undefined) {
    faults.push({
      place: `${place}.firewall`,
      expected: `none: ${behind} lets in what it forwards, and nothing else`,
      found: show(valueAt(server, ["firewall"])),
      hint: `Say in topology.routers.${behind}.forwards what comes in.`,
    });
  }
  const way = [behind, ...network.outsideOf(behind)];
  const other = way.find((router) => network.addressingOf(router) === "one-to-one");
  if (other !== undefined) {
    const expected = "routers with shared addressing on the whole way out, or a one-to-one router alone";
    faults.push({ place: `${place}.behind`, expected, found: `${show(behind)}, behind ${show(other)}` });
  }
  if (other !== undefined || sharedRouterOf(server, network) === null) return faults;
  return [...faults, ...unreachableFaults(name, server, value, way, network)];
}

/** No listener is reached: the lab could not tell whether the server is alive, and no scenario would be about it. */
function unreachableFaults(
  name: string,
  server: unknown,
  value: unknown,
  way: readonly string[],
  { routerAt }: NetworkReader,
): Fault[] {
  const listeners = listenerPorts(value, name, server);
  let open = listeners;
  for (const [index, router] of way.entries()) {
    const to = index === 0 ? name : way[index - 1];
    const forwards = valueAt(routerAt(router), ["forwards"]);
    const entries = Array.isArray(forwards) ? forwards.filter((entry: unknown) => valueAt(entry, ["to"]) === to) : [];
    const rules = entries.flatMap((entry: unknown) => (isRecord(entry) ? entry.ports : []));
    // A text that is no rule is told where it stands.
    if (rules.some((rule) => typeof rule !== "string" || parsePortRule(rule) === null)) return [];
    const left = open.filter((listener) => letsIn(rules as PortRule[], listener));
    if (left.length > 0 || open.length === 0) {
      open = left;
      continue;
    }
    const ports = [...new Set(open.map(({ protocol, port }) => `${protocol}:${port}`))];
    return [
      {
        place: `topology.routers.${router}.forwards`,
        expected: `at least one port that the server ${name} listens on: ${ports.join(", ")}, to ${show(to)}`,
        found: rules.length === 0 ? `nothing to ${show(to)}` : show(rules),
        hint: `For example { to: ${show(to)}, ports: ["udp:3478", "udp:49152-65535"] }.`,
      },
    ];
  }
  return [];
}

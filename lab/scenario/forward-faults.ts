import { type ParsedPortRule, parsePortRule } from "../model/firewall.ts";
import { FIRST_SEQUENTIAL_PORT, NAT_PORTS, SEQUENTIAL_PORTS } from "../model/nat.ts";
import { freeRanges, mergeRanges, sizeOf } from "../model/port-ranges.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { portRuleFaults } from "./firewall-faults.ts";
import { effectiveNat } from "./nat-faults.ts";
import { didYouMean } from "./nearest.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { type NetworkReader, readNetwork } from "./read-network.ts";
import { PROBE_HOSTS } from "./router-faults.ts";

/** A NAT that draws ports finds one that is free when it has tried a few: so many of them must not be forwarded. */
const LEFT_TO_DRAW = 16_384;
type Rule = ParsedPortRule & { place: string; to: unknown };

/** Faults of what routers forward: to whom, and which ports. */
export function forwardFaults(value: unknown): Fault[] {
  const network = readNetwork(value);
  return membersAt(value, "topology", "routers").flatMap(([name, router]): Fault[] => {
    const forwards = valueAt(router, ["forwards"]);
    if (!Array.isArray(forwards) || forwards.length === 0) return [];
    const place = `topology.routers.${name}.forwards`;
    const ip = valueAt(router, ["ip"]);
    if (ip === "ipv6" || ip === "nat64") {
      const expected = `none where the LAN has no IPv4: ip is ${show(ip)}`;
      return [{ place, expected, found: show(forwards), hint: "The lab forwards ports of IPv4 alone." }];
    }
    if (network.addressingOf(name) === "one-to-one") {
      const expected = "none of a router with one-to-one addressing: all ports of an outside address lead to its host";
      const hint = "What comes in to a server there is topology.turnServers.NAME.firewall.";
      return [{ place, expected, found: show(forwards), hint }];
    }
    const entries = forwards.map((entry: unknown, index) => ({ entry, at: `${place}[${index}]` }));
    const rules = entries.flatMap(({ entry, at }) => rulesOf(entry, at));
    return [
      ...entries.flatMap(({ entry, at }) => [
        ...targetFaults(`${at}.to`, valueAt(entry, ["to"]), name, value, network),
        ...portRuleFaults(`${at}.ports`, valueAt(entry, ["ports"])),
      ]),
      ...rules.flatMap(wholeProtocolFaults),
      ...overlapFaults(rules),
      ...leftFaults(place, rules, router, PROBE_HOSTS + network.nodesOn(name).length),
    ];
  });
}

function rulesOf(entry: unknown, at: string): Rule[] {
  const ports = isRecord(entry) ? entry.ports : undefined;
  if (!Array.isArray(ports)) return [];
  return ports.flatMap((rule: unknown, index) => {
    const parsed = typeof rule === "string" ? parsePortRule(rule) : null;
    return parsed ? [{ ...parsed, place: `${at}.ports[${index}]`, to: valueAt(entry, ["to"]) }] : [];
  });
}

function targetFaults(place: string, to: unknown, router: string, value: unknown, network: NetworkReader): Fault[] {
  if (typeof to !== "string") return [];
  const inside = network.nodesOn(router);
  if (inside.includes(to)) {
    if (network.routerAt(to) === undefined || network.addressingOf(to) !== "one-to-one") return [];
    const expected = "a node with an address of its own there: a one-to-one router has one for each of its hosts";
    return [{ place, expected, found: show(to) }];
  }
  const all = [
    ...membersAt(value, "topology", "routers"),
    ...membersAt(value, "topology", "turnServers"),
    ...membersAt(value, "peers"),
  ].map(([name]) => name);
  const expected = `a node on the LAN of ${router}${inside.length === 0 ? ", which has none" : ` (${inside.join(", ")})`}`;
  if (all.includes(to)) return [{ place, expected, found: `${show(to)}, which stands elsewhere` }];
  return [{ place, expected, found: show(to), ...didYouMean(to, inside) }];
}

function wholeProtocolFaults({ min, protocol, place }: Rule): Fault[] {
  if (min !== 0) return [];
  const expected = `a port or a range, such as "${protocol}:3478": with all of them no other host had any`;
  return [{ place, expected, found: show(protocol) }];
}

function overlapFaults(rules: readonly Rule[]): Fault[] {
  return rules.flatMap((rule, index): Fault[] => {
    const other = rules.slice(0, index).find((before) => {
      const isSame = before.protocol === rule.protocol && before.min <= rule.max && rule.min <= before.max;
      return isSame && before.to !== rule.to;
    });
    if (!other) return [];
    const [first, last] = [Math.max(other.min, rule.min), Math.min(other.max, rule.max)];
    const ports = `${rule.protocol}:${first}${first === last ? "" : `-${last}`}`;
    return [
      { place: rule.place, expected: "ports that lead to one node", found: `${ports}, which ${show(other.to)} has` },
    ];
  });
}

/** What the NAT must have left for whoever is not forwarded to. */
function leftFaults(place: string, rules: readonly Rule[], router: unknown, hosts: number): Fault[] {
  const nat = effectiveNat(valueAt(router, ["nat"]));
  if (!nat || rules.some(({ min }) => min === 0)) return [];
  const { portAllocation } = nat;
  const all = mergeRanges(rules);
  if (portAllocation === "sequential") {
    const free = freeRanges(all, { min: FIRST_SEQUENTIAL_PORT, max: NAT_PORTS.max });
    if (free.some((range) => sizeOf(range) >= SEQUENTIAL_PORTS)) return [];
    const expected = `${SEQUENTIAL_PORTS} ports in a row, from ${FIRST_SEQUENTIAL_PORT} on, that are not forwarded`;
    return [{ place, expected, found: "fewer", hint: "The NAT hands them out in turn." }];
  }
  const size = valueAt(portAllocation, ["portsPerSubscriber"]);
  if (typeof size === "number") {
    const last = FIRST_SEQUENTIAL_PORT + hosts * size - 1;
    const inBlocks = all.find(({ min, max }) => min <= last && max >= FIRST_SEQUENTIAL_PORT);
    if (!inBlocks) return [];
    const expected = `ports outside of ${FIRST_SEQUENTIAL_PORT} to ${last}, which are the blocks of the hosts inside`;
    return [{ place, expected, found: `${inBlocks.min}-${inBlocks.max}` }];
  }
  return (["udp", "tcp"] as const).flatMap((protocol): Fault[] => {
    const own = rules.filter((rule) => rule.protocol === protocol);
    const left = freeRanges(own, NAT_PORTS).reduce((sum, range) => sum + sizeOf(range), 0);
    if (left >= LEFT_TO_DRAW) return [];
    const expected = `at least ${LEFT_TO_DRAW} ports of ${protocol}:${NAT_PORTS.min}-${NAT_PORTS.max} not forwarded`;
    return [{ place, expected, found: String(left), hint: "Other hosts inside need some for their own mappings." }];
  });
}

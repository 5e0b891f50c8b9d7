import { didYouMean } from "../model/nearest.ts";
import { ROLES } from "../model/scenario.ts";
import { INTERNET } from "../model/topology.ts";
import { addressFaults } from "./address-faults.ts";
import { allocationNodes } from "./allocation-faults.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { portRuleFaults } from "./firewall-faults.ts";
import { forwardFaults } from "./forward-faults.ts";
import { hostnameFaults } from "./hostname-faults.ts";
import { imageFaults } from "./image-faults.ts";
import { linkFaults } from "./link-faults.ts";
import { optionFaults } from "./option-faults.ts";
import { isAllocationsValue, isGridValue, membersAt, valueAt } from "./read.ts";
import { regionFaults } from "./region-faults.ts";
import { hasIpv6, routerFaults } from "./router-faults.ts";
import { serverFirewallFaults } from "./server-firewall-faults.ts";
import { serverFlawFaults } from "./server-flaw-faults.ts";
import { serverPlaceFaults } from "./server-place-faults.ts";
import { serverSizeFaults } from "./server-size-faults.ts";

/** Names of nodes that every lab has, so that no other node can have them. */
const RESERVED: readonly string[] = [INTERNET, "core", "fabric", "observer", ...ROLES];
/** The address plan numbers their outside addresses in one block. */
const MAX_ROUTERS = 60;
const NAME = /^[a-z][a-z0-9-]{0,30}$/;
/** Faults of the topology that need more than one place of it, or more than a type. */
export function topologyFaults(value: unknown): Fault[] {
  const routers = membersAt(value, "topology", "routers");
  const servers = membersAt(value, "topology", "turnServers");
  return [
    ...nameFaults([
      ...named("topology.routers", routers),
      ...named("topology.turnServers", servers),
      ...named("topology.regions", membersAt(value, "topology", "regions")),
      ...named("peers", isGridValue(value) ? membersAt(value, "peers") : []),
      ...(isAllocationsValue(value) ? allocationNodes(value) : []),
    ]),
    ...regionFaults(value),
    ...countFaults(routers),
    ...routerFaults(value),
    ...upstreamFaults(routers),
    ...addressFaults(value),
    ...serverPlaceFaults(value),
    ...forwardFaults(value),
    ...servers.flatMap(([name, server]) => serverWireFaults(`topology.turnServers.${name}`, server, routers)),
    ...hostnameFaults(value),
    ...serverFirewallFaults(value),
    ...serverFlawFaults(value),
    ...serverSizeFaults(value),
    ...servers.flatMap(([name, server]) => imageFaults(`topology.turnServers.${name}`, server)),
    ...servers.flatMap(([name, server]) => optionFaults(`topology.turnServers.${name}.options`, server)),
  ];
}

function serverWireFaults(place: string, server: unknown, routers: Members): Fault[] {
  const ip = valueAt(server, ["ip"]);
  const isInside = ![undefined, INTERNET].includes(valueAt(server, ["behind"]) as string | undefined);
  // Without one of its own a server is dual where some router is (TurnServerSpec).
  const isDual = ip === "dual" || (ip === undefined && !isInside && routers.some(([, router]) => hasIpv6(router)));
  return [
    ...portRuleFaults(`${place}.firewall`, valueAt(server, ["firewall"])),
    ...linkFaults(`${place}.link`, valueAt(server, ["link"]), isDual),
  ];
}

type Members = readonly [name: string, spec: unknown][];

const named = (place: string, members: Members) => members.map(([name]) => ({ name, place: `${place}.${name}` }));

/** A region's hub is a node like the others. */
function nameFaults(nodes: readonly { name: string; place: string }[]): Fault[] {
  return nodes.flatMap(({ name, place }, index): Fault[] => {
    if (!NAME.test(name)) {
      return [
        { place, expected: "a name of at most 31 of a-z, 0-9 and -, that begins with a letter", found: show(name) },
      ];
    }
    if (RESERVED.includes(name)) {
      return [{ place, expected: `a name other than those of the lab: ${RESERVED.join(", ")}`, found: show(name) }];
    }
    const other = nodes.find((one, at) => one.name === name && at < index);
    if (!other) return [];
    return [{ place, expected: "a name of its own", found: `${show(name)}, which is also ${other.place}` }];
  });
}

function countFaults(routers: Members): Fault[] {
  if (routers.length <= MAX_ROUTERS) return [];
  return [{ place: "topology.routers", expected: `at most ${MAX_ROUTERS} routers`, found: String(routers.length) }];
}

function upstreamFaults(routers: Members): Fault[] {
  const upstreamOf = new Map(routers.map(([name, router]) => [name, valueAt(router, ["upstream"])]));
  const others = (name: string) => routers.map(([other]) => other).filter((other) => other !== name);
  const faults: Fault[] = [];
  const inCycle = new Set<string>();
  for (const [name, upstream] of upstreamOf) {
    if (typeof upstream !== "string") continue;
    const place = `topology.routers.${name}.upstream`;
    if (upstream === name) {
      faults.push({ place, expected: "another router", found: `${show(upstream)}, the router itself` });
    } else if (!upstreamOf.has(upstream)) {
      const hint =
        upstream === INTERNET
          ? { hint: "Leave upstream out: the internet is the default." }
          : didYouMean(upstream, others(name));
      faults.push({ place, expected: `another router${listed(others(name))}`, found: show(upstream), ...hint });
    } else if (!inCycle.has(name)) {
      const cycle = findCycle(name, upstreamOf);
      for (const member of cycle) inCycle.add(member);
      if (cycle.length > 0)
        faults.push({
          place,
          expected: "a way up to the internet",
          found: `a circle: ${[...cycle, name].join(" → ")}`,
        });
    }
  }
  return faults;
}

/** The routers on the circle that begins and ends at `start`; empty when the way up leaves it. */
function findCycle(start: string, upstreamOf: ReadonlyMap<string, unknown>): string[] {
  const path = [start];
  for (;;) {
    const next = upstreamOf.get(path.at(-1) ?? start);
    if (next === start) return path.length > 1 ? path : [];
    if (typeof next !== "string" || path.includes(next)) return [];
    path.push(next);
  }
}

/** ` (a, b)`, or nothing where there are none. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? "" : ` (${names.join(", ")})`;
}

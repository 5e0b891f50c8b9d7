import { INTERNET, type IpFamily, serverIp, type Topology } from "../model/topology.ts";
import type { AddressPlan, InterfacePlan, NodePlan, ProbePlace } from "./address-plan.ts";
import {
  CORE_IPV6,
  hasIpv4,
  hasIpv6,
  LAN_IPV6_PREFIX,
  lanIpv6,
  NAT64_LAN,
  OBSERVER_6,
  OBSERVER_IPV6,
  routerWanIpv6,
  turnServerIpv6,
} from "./ipv6-plan.ts";

/** What a router with IPv6 has: `subnet` is the first four groups of its LAN's addresses. */
type Ipv6Router = { name: string; ip: IpFamily; wan: string; subnet: string };
type Line = AddressPlan["coreLines"][number];

/**
 * Adds IPv6 to a plan: to each router that has it, what hangs on its LAN, and each dual-stack server; takes IPv4 from
 * where there is none. Hosts keep their number. The reflector of the IPv6 internet gets a line of its own.
 */
export function withIpv6(plan: AddressPlan, topology: Topology): AddressPlan {
  const routers = ipv6Routers(plan, topology);
  const nodes = {
    ...plan.nodes,
    ...Object.fromEntries(routers.map((router) => [router.name, routerNode(nodeOf(plan, router.name), router)])),
    ...serverNodes(plan, topology),
    ...Object.fromEntries(routers.flatMap((router) => hostNodes(plan, router))),
  };
  const segment = `line-${OBSERVER_6}`;
  const coreLines = plan.coreLines.map((line) => withIpv6Line(line, routers, nodes));
  const observer = { name: OBSERVER_6, segment, addresses: OBSERVER_IPV6, prefix: 128, gateway: CORE_IPV6 };
  return {
    ...plan,
    segments: [...plan.segments, { name: segment, kind: "line" }],
    nodes,
    coreLines: [
      ...coreLines,
      { owner: "core", interface: `line${coreLines.length}`, segment, addresses: [...OBSERVER_IPV6] },
    ],
    ...probePlaces(plan, routers),
    reflectors: { ...plan.reflectors, [OBSERVER_6]: observer },
  };
}

function ipv6Routers(plan: AddressPlan, topology: Topology): Ipv6Router[] {
  return Object.entries(topology.routers ?? {}).flatMap(([name, { upstream = INTERNET }], index) => {
    const ip = plan.ipOf[name] ?? "ipv4";
    if (!hasIpv6(ip)) return [];
    if (upstream !== INTERNET) throw new Error(`${name} has IPv6 and is not on the internet`);
    return [{ name, ip, wan: routerWanIpv6(index), subnet: lanIpv6(index) }];
  });
}

function nodeOf(plan: AddressPlan, name: string): NodePlan {
  const node = plan.nodes[name];
  if (!node) throw new Error(`no ${name} in the address plan`);
  return node;
}

function routerNode(node: NodePlan, { ip, wan, subnet }: Ipv6Router): NodePlan {
  const interfaces = node.interfaces.map((planned): InterfacePlan => {
    if (planned.name === "wan") {
      const own = { address: wan, prefix: 128 };
      // NAT64 keeps the router's own IPv4 address: what it sends to IPv4 comes from there.
      return ip === "ipv6" ? { ...planned, ...own } : { ...planned, ipv6: own };
    }
    const own = { address: `${subnet}::1`, prefix: LAN_IPV6_PREFIX };
    if (hasIpv4(ip)) return { ...planned, ipv6: own };
    return { ...planned, ...own, name: ip === "nat64" ? NAT64_LAN : planned.name };
  });
  return { ...node, interfaces, ...(ip === "ipv6" ? { gateway: CORE_IPV6 } : { gateway6: CORE_IPV6 }) };
}

function serverNodes(plan: AddressPlan, topology: Topology): Record<string, NodePlan> {
  const servers = Object.entries(topology.turnServers ?? {}).flatMap(([name, spec], index): [string, NodePlan][] => {
    if (serverIp(spec, topology) === "ipv4") return [];
    const own = { address: turnServerIpv6(index), prefix: 128 };
    return [[name, withSecondFamily(nodeOf(plan, name), own, CORE_IPV6)]];
  });
  return Object.fromEntries(servers);
}

/** The peers on a router's LAN. */
function hostNodes(plan: AddressPlan, { name: router, ip, subnet }: Ipv6Router): [string, NodePlan][] {
  const peers = Object.entries(plan.lanOf).filter(([, lan]) => lan === `lan-${router}`);
  return peers.map(([name]) => {
    const node = nodeOf(plan, name);
    const [only] = node.interfaces;
    if (!only) throw new Error(`${name} has no interface`);
    const own = { address: `${subnet}::${hostNumber(only.address)}`, prefix: LAN_IPV6_PREFIX };
    const gateway = `${subnet}::1`;
    if (hasIpv4(ip)) return [name, withSecondFamily(node, own, gateway)];
    return [name, { ...node, gateway, interfaces: [{ name: only.name, segment: only.segment, ...own }] }];
  });
}

/** What the core routes to a line: its IPv6 addresses too, or those alone, and the prefix of the LAN behind it. */
function withIpv6Line(line: Line, routers: readonly Ipv6Router[], nodes: AddressPlan["nodes"]): Line {
  const router = routers.find(({ name }) => line.segment === `line-${name}`);
  if (router) {
    const { ip, wan, subnet } = router;
    const delegated = { prefix: `${subnet}::/${LAN_IPV6_PREFIX}`, via: wan };
    return { ...line, addresses: ip === "ipv6" ? [wan] : [...line.addresses, wan], delegated };
  }
  const server = Object.values(nodes).find(({ interfaces: [first] }) => first?.segment === line.segment);
  const own = server?.interfaces[0]?.ipv6;
  return own ? { ...line, addresses: [...line.addresses, own.address] } : line;
}

/** Where IPv6 is looked at, and where the NAT is: behind NAT64 through that, and nowhere where there is no IPv4. */
function probePlaces(plan: AddressPlan, routers: readonly Ipv6Router[]): Pick<AddressPlan, "probes" | "ipv6Probes"> {
  const probes = { ...plan.probes };
  const ipv6Probes: Record<string, ProbePlace> = {};
  for (const { name, ip, subnet } of routers) {
    const place = plan.probes[name];
    if (!place) throw new Error(`no probe planned for ${name}`);
    const inside = {
      ...place,
      address: `${subnet}::${hostNumber(place.address)}`,
      secondAddress: `${subnet}::${hostNumber(place.secondAddress)}`,
      prefix: LAN_IPV6_PREFIX,
      gateway: `${subnet}::1`,
    };
    ipv6Probes[name] = { ...inside, reflector: OBSERVER_6 };
    if (ip === "nat64") probes[name] = inside;
    if (ip === "ipv6") delete probes[name];
  }
  return { probes, ipv6Probes };
}

function withSecondFamily(node: NodePlan, ipv6: { address: string; prefix: number }, gateway6: string): NodePlan {
  const [first, ...rest] = node.interfaces;
  if (!first) throw new Error(`${node.name} has no interface`);
  return { ...node, gateway6, interfaces: [{ ...first, ipv6 }, ...rest] };
}

/** The host's number inside its LAN, in the same digits in both families. */
const hostNumber = (ipv4: string) => ipv4.split(".").at(-1);

import { firstSubnet, type LanFacts, type LanKind, subnetOf } from "../model/lan-subnets.ts";
import { INTERNET, type IpFamily, LAN_HOSTS, type Topology, topologyHasIpv6 } from "../model/topology.ts";
import { withOneToOne } from "./one-to-one-plan.ts";
import { withRegions } from "./region-plan.ts";
import { serverAddresses, sharedServerAddress } from "./server-addresses.ts";
import { type Forward, planForwards, planServersInside, type ServerInside } from "./servers-inside.ts";
import { withIpv6 } from "./with-ipv6.ts";

/**
 * The lab's addresses, computed from a topology: pure, and the same every time.
 *
 * The internet is routed, host by host, as a cloud provider does it: every line to the core router carries one /32 or
 * two, so that any address a user has can stand in it and no two nodes share a segment. There is always a routed hop
 * between a peer and a server. All of it is globally routable unicast: a hardened TURN server refuses anything else
 * as a peer, for a reason no user has.
 */
export const CORE_ADDRESS = "81.2.255.1";
export const OBSERVER_ADDRESSES = ["51.15.10.10", "51.15.20.20"] as const;
const routerWan = (index: number) => `81.2.${64 + index}.2`;
const publicPeer = (index: number) => `81.2.${128 + index}.2`;

const INSIDE_PREFIX = 24;
/** The last addresses of a LAN are the NAT probe's two hosts' and, where routers hang on it, a reflector's. */
const PROBE_HOST = 254;
const SECOND_PROBE_HOST = 251;
const REFLECTOR_HOSTS = [252, 253];

export type InterfacePlan = {
  name: string;
  segment: string;
  /** IPv4 where the interface has it, else IPv6. */
  address: string;
  prefix: number;
  extra?: string[];
  /** The IPv6 address of an interface that has IPv4 as well. */
  ipv6?: { address: string; prefix: number };
};

export type NodePlan = {
  name: string;
  interfaces: InterfacePlan[];
  /** Next hop of the default route; null for the core, which drops what it cannot route. */
  gateway: string | null;
  /** Next hop for IPv6, of a node that has IPv4 as well. */
  gateway6?: string;
  /** True where the gateway is outside the interface's prefix (a /32 line). */
  gatewayOnLink: boolean;
};

export type ReflectorPlace = {
  name: string;
  segment: string;
  addresses: readonly string[];
  prefix: number;
  gateway: string;
};

/** Where a probe stands in a router's LAN: one interface with two addresses, which the router takes for two hosts. */
export type ProbePlace = {
  segment: string;
  address: string;
  secondAddress: string;
  prefix: number;
  gateway: string;
  reflector: string;
  /** What it has of the other family. */
  beside?: { addresses: readonly string[]; prefix: number; gateway: string };
};

/** What a host would have in a LAN without IPv4, if it took one of the addresses that homes have. */
export const IPV4_INTRUDER = {
  addresses: [`${firstSubnet("home")}.${PROBE_HOST}`] as const,
  prefix: INSIDE_PREFIX,
  gateway: `${firstSubnet("home")}.1`,
};

/** The reflector on the internet, which also stands for "somebody else out there". */
export const OBSERVER = "observer";

/** One Ethernet segment: a bridge in the fabric. */
export type Segment = { name: string; kind: "line" | "lan" };

/** Where a line of the internet ends, and what is routed there. */
export type CoreLine = {
  /** Whose line it is: the core, or the hub of a region. */
  owner: string;
  interface: string;
  segment: string;
  /** Of both families. */
  addresses: string[];
  /** The prefix that a router has for its LAN. */
  delegated?: { prefix: string; via: string };
  /** Of a line to a region's hub: the hub's own addresses, by which all else is reached, and prefixes of routers there. */
  hub?: string[];
  prefixes?: string[];
};

export type AddressPlan = {
  segments: Segment[];
  /** The core first, then routers, servers, peers, and last the hubs of regions. */
  nodes: Record<string, NodePlan>;
  coreLines: CoreLine[];
  /** Who has lines: the core, and the hub of each region. */
  hubs: string[];
  /**
   * For each router, the two addresses a probe takes inside, and the reflector that stands right outside of it: a router
   * behind another is judged alone, not together with what it stands behind.
   */
  probes: Record<string, ProbePlace>;
  /** The same for each router with IPv6 inside. */
  ipv6Probes: Record<string, ProbePlace>;
  /** What each router gives its LAN. */
  ipOf: Record<string, IpFamily>;
  /** STUN servers with two addresses each; the first, `observer`, is on the internet. */
  reflectors: Record<string, ReflectorPlace>;
  /** Where each peer hangs: two peers with the same value share a LAN. */
  lanOf: Record<string, string>;
  /** For each router with one-to-one addressing: inside address to outside address. */
  outsideOf: Record<string, Record<string, string>>;
  /** For each router with shared addressing that has any: which of its ports lead to whom inside. */
  forwards: Record<string, Forward[]>;
  /** Servers that stand behind a router: how the internet reaches them. */
  serversInside: Record<string, ServerInside>;
};

export type PlanInput = {
  topology: Topology;
  /** Peer name to what it is behind. */
  peers: Record<string, string>;
  /** Which address block each router hands out. */
  lanKinds: Record<string, LanKind>;
  /** Regions of the peers that stand in one. */
  peerRegions?: Record<string, string>;
};

export function planAddresses({ topology, peers, lanKinds, peerRegions = {} }: PlanInput): AddressPlan {
  const segments: Segment[] = [];
  const coreLines: AddressPlan["coreLines"] = [];
  const nodes: Record<string, NodePlan> = {
    core: { name: "core", interfaces: [], gateway: null, gatewayOnLink: false },
  };
  const probes: AddressPlan["probes"] = {};
  const reflectors: AddressPlan["reflectors"] = {};
  const lanOf: Record<string, string> = {};
  const hostsInside: Record<string, number> = {};

  const line = (node: string, addresses: string[]): InterfacePlan["segment"] => {
    const segment = `line-${node}`;
    segments.push({ name: segment, kind: "line" });
    coreLines.push({ owner: "core", interface: `line${coreLines.length}`, segment, addresses });
    return segment;
  };
  const onLine = (name: string, ifname: string, address: string): NodePlan => ({
    name,
    interfaces: [{ name: ifname, segment: line(name, [address]), address, prefix: 32 }],
    gateway: CORE_ADDRESS,
    gatewayOnLink: true,
  });
  const servers = Object.entries(topology.turnServers ?? {});
  const lanFacts = (router: string): LanFacts => {
    const { upstream, lan } = topology.routers?.[router] ?? {};
    return { upstream, lan, kind: lanKinds[router] ?? "home" };
  };
  const insideOf = (router: string) => ({ subnet: subnetOf(router, lanFacts), prefix: INSIDE_PREFIX });
  const taken = new Set(servers.map(([, { behind, privateAddress }]) => `${behind} ${privateAddress}`));
  const nextHost = (router: string, subnet: string): string => {
    const { first, last } = LAN_HOSTS;
    const count = last - first + 1;
    for (let step = 1; step <= count; step++) {
      const host = first + (((hostsInside[router] ?? first - 1) - first + step) % count);
      const address = `${subnet}.${host}`;
      if (taken.has(`${router} ${address}`)) continue;
      taken.add(`${router} ${address}`);
      hostsInside[router] = host;
      return address;
    }
    throw new RangeError(`the LAN of ${router} has no address left`);
  };
  const onLan = (name: string, ifname: string, router: string, own?: string): NodePlan => {
    const { subnet, prefix } = insideOf(router);
    const address = own ?? nextHost(router, subnet);
    return {
      name,
      interfaces: [{ name: ifname, segment: `lan-${router}`, address, prefix }],
      gateway: `${subnet}.1`,
      gatewayOnLink: false,
    };
  };

  const routers = Object.entries(topology.routers ?? {});
  for (const [index, [name, spec]] of routers.entries()) {
    const upstream = spec.upstream ?? INTERNET;
    const node =
      upstream === INTERNET
        ? onLine(name, "wan", spec.publicAddress ?? sharedServerAddress(topology, name) ?? routerWan(index))
        : onLan(name, "wan", upstream);
    const { subnet, prefix } = insideOf(name);
    segments.push({ name: `lan-${name}`, kind: "lan" });
    node.interfaces.push({ name: "lan", segment: `lan-${name}`, address: `${subnet}.1`, prefix });
    nodes[name] = node;
    const reflector = upstream === INTERNET ? OBSERVER : `reflector-${upstream}`;
    probes[name] = {
      segment: `lan-${name}`,
      address: `${subnet}.${PROBE_HOST}`,
      secondAddress: `${subnet}.${SECOND_PROBE_HOST}`,
      prefix,
      gateway: `${subnet}.1`,
      reflector,
    };
    if (upstream !== INTERNET) reflectors[reflector] = reflectorInside(reflector, upstream, insideOf(upstream));
  }
  const publicAddresses = serverAddresses(topology);
  for (const [name, { behind = INTERNET, privateAddress }] of servers) {
    const address = publicAddresses[name] ?? "";
    nodes[name] = behind === INTERNET ? onLine(name, "eth0", address) : onLan(name, "eth0", behind, privateAddress);
  }
  const stride = Math.min(10, Math.floor((LAN_HOSTS.last - LAN_HOSTS.first) / Math.max(1, Object.keys(peers).length)));
  for (const [index, [name, behind]] of Object.entries(peers).entries()) {
    // Hosts are numbered across all peers, so that two homes with the same subnet do not hold the same host.
    if (behind !== INTERNET)
      hostsInside[behind] = Math.max(hostsInside[behind] ?? 0, LAN_HOSTS.first - 1 + stride * index);
    nodes[name] = behind === INTERNET ? onLine(name, "eth0", publicPeer(index)) : onLan(name, "eth0", behind);
    lanOf[name] = behind === INTERNET ? `line-${name}` : `lan-${behind}`;
  }
  const segment = line(OBSERVER, [...OBSERVER_ADDRESSES]);
  const observer = { name: OBSERVER, segment, addresses: OBSERVER_ADDRESSES, prefix: 32, gateway: CORE_ADDRESS };
  const ipOf = Object.fromEntries(routers.map(([name, { ip = "ipv4" }]) => [name, ip]));
  const natted: AddressPlan = {
    segments,
    nodes,
    coreLines,
    hubs: ["core"],
    probes,
    ipv6Probes: {},
    ipOf,
    reflectors: { [OBSERVER]: observer, ...reflectors },
    lanOf,
    outsideOf: {},
    forwards: {},
    serversInside: {},
  };
  const translated = withOneToOne(natted, topology, publicAddresses);
  const forwards = planForwards(translated, topology);
  const ipv4 = { ...translated, forwards, serversInside: planServersInside({ ...translated, forwards }, topology) };
  const plan = topologyHasIpv6(topology) ? withIpv6(ipv4, topology) : ipv4;
  const specs = Object.entries({ ...topology.routers, ...topology.turnServers });
  const regionOf = { ...Object.fromEntries(specs.map(([name, { region }]) => [name, region])), ...peerRegions };
  return topology.regions ? withRegions(plan, topology.regions, regionOf) : plan;
}

function reflectorInside(
  name: string,
  router: string,
  { subnet, prefix }: { subnet: string; prefix: number },
): ReflectorPlace {
  const addresses = REFLECTOR_HOSTS.map((host) => `${subnet}.${host}`);
  return { name, segment: `lan-${router}`, addresses, prefix, gateway: `${subnet}.1` };
}

import { natBehaviour } from "../model/nat-presets.ts";
import { INTERNET, LAN_HOSTS, type Topology } from "../model/topology.ts";
import type { AddressPlan, InterfacePlan } from "./address-plan.ts";

/** Of an upstream LAN, where a cloud behind it begins to take its outside addresses from; after the last, from the first. */
const FIRST_INSIDE_UPSTREAM = 100;

/** Addresses of the hosts on a router's LAN, in order: of nodes, and of the probe's two. */
export function hostsOf(plan: Pick<AddressPlan, "nodes" | "probes">, router: string): string[] {
  const segment = `lan-${router}`;
  const nodes = Object.values(plan.nodes).flatMap(({ name, interfaces }) => {
    const attached = interfaces.filter((planned) => planned.segment === segment && name !== router);
    return attached.flatMap(({ address, extra = [] }) => [address, ...extra]);
  });
  const probe = plan.probes[router];
  return probe ? [...nodes, probe.address, probe.secondAddress] : nodes;
}

/**
 * Gives each host behind a one-to-one NAT an outside address: on the internet the one with its own last byte, and a
 * server's the one it is known by; behind another router the next of that LAN that nobody has. They stand on the router's outside, and where they are on the
 * internet the core routes them there. Inner routers come first: what they have outside are hosts of the outer LAN.
 * @throws RangeError where an upstream LAN has none left
 */
export function withOneToOne(
  plan: AddressPlan,
  topology: Topology,
  publicAddresses: Readonly<Record<string, string>> = {},
): AddressPlan {
  const depthOf = (router: string): number => {
    const upstream = topology.routers?.[router]?.upstream ?? INTERNET;
    return upstream === INTERNET ? 0 : depthOf(upstream) + 1;
  };
  const routers = Object.entries(topology.routers ?? {}).flatMap(([router, { nat, upstream = INTERNET }]) =>
    natBehaviour(nat).addressing === "one-to-one" ? [{ router, upstream, depth: depthOf(router) }] : [],
  );
  return routers
    .sort((a, b) => b.depth - a.depth)
    .reduce((before, { router, upstream }) => {
      const known = upstream === INTERNET ? knownInside(before, router, publicAddresses) : {};
      return withOutsideAddresses(before, router, upstream, known);
    }, plan);
}

/** Host numbers of a LAN that nobody has, in the order in which they are taken. */
function freeHosts(plan: AddressPlan, router: string): number[] {
  const taken = new Set(hostsOf(plan, router).map((address) => Number(address.slice(address.lastIndexOf(".") + 1))));
  const count = LAN_HOSTS.last - LAN_HOSTS.first + 1;
  const all = Array.from({ length: count }, (_, index) => {
    return LAN_HOSTS.first + ((FIRST_INSIDE_UPSTREAM - LAN_HOSTS.first + index) % count);
  });
  return all.filter((host) => !taken.has(host));
}

/** Inside address to the one that somebody on a router's LAN is known by. */
function knownInside(
  plan: AddressPlan,
  router: string,
  publicAddresses: Readonly<Record<string, string>>,
): Record<string, string> {
  const pairs = Object.entries(publicAddresses).flatMap(([name, outside]) => {
    const [own] = plan.nodes[name]?.interfaces ?? [];
    return own?.segment === `lan-${router}` ? [[own.address, outside]] : [];
  });
  return Object.fromEntries(pairs);
}

function withOutsideAddresses(
  plan: AddressPlan,
  router: string,
  upstream: string,
  known: Readonly<Record<string, string>>,
): AddressPlan {
  const node = plan.nodes[router];
  const wan = node?.interfaces.find(({ name }) => name === "wan");
  if (!node || !wan) throw new Error(`${router} has no wan in the address plan`);
  const subnet = wan.address.slice(0, wan.address.lastIndexOf("."));
  const free = upstream === INTERNET ? null : freeHosts(plan, upstream);
  const pairs = hostsOf(plan, router).map((inside): [string, string] => {
    if (known[inside] !== undefined) return [inside, known[inside]];
    const host = free ? free.shift() : inside.slice(inside.lastIndexOf(".") + 1);
    if (host === undefined) throw new RangeError(`${upstream} has no address left for a host behind ${router}`);
    return [inside, `${subnet}.${host}`];
  });
  const outside = pairs.map(([, address]) => address);
  const interfaces = node.interfaces.map(
    (planned): InterfacePlan =>
      planned === wan ? { ...planned, extra: [...(planned.extra ?? []), ...outside] } : planned,
  );
  return {
    ...plan,
    nodes: { ...plan.nodes, [router]: { ...node, interfaces } },
    coreLines: plan.coreLines.map((line) =>
      line.segment === wan.segment ? { ...line, addresses: [...line.addresses, ...outside] } : line,
    ),
    outsideOf: { ...plan.outsideOf, [router]: Object.fromEntries(pairs) },
  };
}

import { natBehaviour } from "../model/nat-presets.ts";
import type { Topology } from "../model/topology.ts";
import type { AddressPlan, InterfacePlan } from "./address-plan.ts";

/** Of an upstream LAN, the part that a cloud behind it takes its outside addresses from. */
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
 * Gives each host behind a one-to-one NAT an outside address: on the internet the one with its own last byte, behind
 * another router the next of that LAN. They stand on the router's outside, and where they are on the internet the
 * core routes them there.
 */
export function withOneToOne(plan: AddressPlan, topology: Topology): AddressPlan {
  const routers = Object.entries(topology.routers ?? {}).filter(
    ([, { nat }]) => natBehaviour(nat).addressing === "one-to-one",
  );
  return routers.reduce((before, [router]) => withOutsideAddresses(before, router), plan);
}

function withOutsideAddresses(plan: AddressPlan, router: string): AddressPlan {
  const node = plan.nodes[router];
  const wan = node?.interfaces.find(({ name }) => name === "wan");
  if (!node || !wan) throw new Error(`${router} has no wan in the address plan`);
  const subnet = wan.address.slice(0, wan.address.lastIndexOf("."));
  const isOnInternet = wan.prefix === 32;
  const used = Object.values(plan.outsideOf).flatMap((pairs) => Object.values(pairs));
  const first = FIRST_INSIDE_UPSTREAM + used.filter((address) => address.startsWith(`${subnet}.`)).length;
  const pairs = hostsOf(plan, router).map((inside, index): [string, string] => {
    const host = isOnInternet ? inside.slice(inside.lastIndexOf(".") + 1) : first + index;
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

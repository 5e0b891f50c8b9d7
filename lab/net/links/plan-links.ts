import type { LinkSpec } from "../../model/link.ts";
import type { Change } from "../../model/scenario.ts";
import { hubLink, INTERNET, type PeerSpec, type Topology } from "../../model/topology.ts";
import type { AddressPlan, InterfacePlan } from "../address-plan.ts";
import { isInside } from "../ipv6-plan.ts";

/** A wire whose conditions are set, at once or in mid-run. */
export type LinkPlan = {
  /** The node at its end: a peer, a server, a router with its outside, or a region's hub. */
  node: string;
  interface: string;
  segment: string;
  /** Who stands at the segment's other end, on the way to the internet, and the interface there. */
  far: { node: string; interface: string };
  /** The node's addresses: where the far end shares its interface with others, they alone get the wire's MTU. */
  addresses: string[];
  /** Whether the far end's interface serves this wire alone. */
  isAlone: boolean;
  /** From the start on. */
  spec: LinkSpec;
  /** Whether at any time packets that are too large vanish without a word: netem cannot do that. */
  isBlackHole: boolean;
};

type LinkInput = {
  plan: AddressPlan;
  topology: Topology;
  peers: Record<string, PeerSpec>;
  changes?: readonly Change[];
};

/** Every wire that a scenario sets conditions on, from the start or later. */
export function planLinks({ plan, topology, peers, changes = [] }: LinkInput): LinkPlan[] {
  const regions = Object.entries(topology.regions ?? {}).map(([region, spec]) => [region, hubLink(spec)] as const);
  const nodes = Object.entries({ ...topology.routers, ...topology.turnServers, ...peers });
  const specs = [...nodes.map(([node, { link }]) => [node, link] as const), ...regions];
  return specs.flatMap(([node, link]) => {
    const later = changes.flatMap((change) => ("link" in change && change.node === node ? [change.link] : []));
    if (!link && later.length === 0) return [];
    const [outside] = plan.nodes[node]?.interfaces ?? [];
    if (!outside) throw new Error(`${node} has no interface in the address plan`);
    return [
      {
        node,
        interface: outside.name,
        segment: outside.segment,
        ...farEnd(plan, outside),
        addresses: [outside.address, ...(outside.ipv6 ? [outside.ipv6.address] : [])],
        spec: link ?? {},
        isBlackHole: [link ?? {}, ...later].some(isBlackHole),
      },
    ];
  });
}

export function isBlackHole({ mtu, fragmentationNeeded = true }: LinkSpec): boolean {
  return mtu !== undefined && !fragmentationNeeded;
}

/** The core's or a hub's own interface for a line; the router's inside for a LAN. */
export function farEnd(plan: AddressPlan, { segment }: InterfacePlan): Pick<LinkPlan, "far" | "isAlone"> {
  const line = plan.coreLines.find((candidate) => candidate.segment === segment);
  if (line) return { far: { node: line.owner, interface: line.interface }, isAlone: true };
  for (const { name, interfaces } of Object.values(plan.nodes)) {
    const inside = interfaces.find((planned) => planned.segment === segment && isInside(planned.name));
    if (inside) return { far: { node: name, interface: inside.name }, isAlone: false };
  }
  throw new Error(`${segment} leads nowhere: neither to ${INTERNET} nor to a router`);
}

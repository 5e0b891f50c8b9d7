import type { Topology } from "../model/topology.ts";
import type { AddressPlan, CoreLine, NodePlan } from "./address-plan.ts";
import { EXCHANGE_IPV6, familyOf, hubIpv6 } from "./ipv6-plan.ts";

/** What the core is called by the hubs of regions, which have its other address themselves; and each hub by the core. */
export const EXCHANGE_ADDRESS = "81.2.255.2";
export const hubAddress = (index: number) => `81.2.254.${index + 1}`;
/** The name of a hub's interface on its wire to the core. */
const TRUNK = "trunk";

/**
 * Gives each region a hub, where the lines of its nodes end instead of at the core, and one wire between hub and core.
 * Towards its lines a hub is what the core is, address and all, so that no node can tell where it hangs. Pure.
 */
export function withRegions(
  plan: AddressPlan,
  regions: NonNullable<Topology["regions"]>,
  regionOf: Readonly<Record<string, string | undefined>>,
): AddressPlan {
  const owned = new Map(Object.entries(regionOf).map(([node, region]) => [`line-${node}`, region]));
  const lines = plan.coreLines.map((line): CoreLine => ({ ...line, owner: owned.get(line.segment) ?? line.owner }));
  const names = Object.keys(regions);
  const hasIpv6 = plan.coreLines.some(({ addresses }) => addresses.some((one) => familyOf(one) === "ipv6"));
  const trunks = names.map((name, index): CoreLine => {
    const inside = lines.filter(({ owner }) => owner === name);
    return {
      owner: "core",
      interface: `line${lines.length + index}`,
      segment: segmentOf(name),
      addresses: inside.flatMap(({ addresses }) => addresses),
      prefixes: inside.flatMap(({ delegated }) => (delegated ? [delegated.prefix] : [])),
      hub: [hubAddress(index), ...(hasIpv6 ? [hubIpv6(index)] : [])],
    };
  });
  const hubs = names.map((name, index): [string, NodePlan] => {
    const ipv6 = hasIpv6 ? { ipv6: { address: hubIpv6(index), prefix: 128 } } : {};
    return [
      name,
      {
        name,
        interfaces: [{ name: TRUNK, segment: segmentOf(name), address: hubAddress(index), prefix: 32, ...ipv6 }],
        gateway: EXCHANGE_ADDRESS,
        ...(hasIpv6 ? { gateway6: EXCHANGE_IPV6 } : {}),
        gatewayOnLink: true,
      },
    ];
  });
  return {
    ...plan,
    segments: [...plan.segments, ...names.map((name) => ({ name: segmentOf(name), kind: "line" as const }))],
    nodes: { ...plan.nodes, ...Object.fromEntries(hubs) },
    coreLines: [...lines, ...trunks],
    hubs: [...plan.hubs, ...names],
  };
}

const segmentOf = (region: string) => `line-${region}`;

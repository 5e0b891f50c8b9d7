import type { PortRule } from "../model/firewall.ts";
import { natBehaviour } from "../model/nat-presets.ts";
import { INTERNET, type Topology } from "../model/topology.ts";
import type { AddressPlan } from "./address-plan.ts";

/** Ports of a router's outside address that lead to a node on its LAN, each to the same port there. */
export type Forward = { to: string; inside: string; outside: string; ports: PortRule[] };

/** How the internet reaches a server that stands behind a router. */
export type ServerInside = {
  /** The router on whose LAN it stands, and its address there. */
  behind: string;
  inside: string;
  /** Where it is known: its own address outside of a one-to-one router, else that of the outermost router. */
  publicAddress: string;
  /** What each router on the way in forwards to it, or to the router in between: all of them must. None: one-to-one. */
  forwarded: PortRule[][];
  /** What a firewall in front of its router lets through. */
  letIn: PortRule[];
};

type Planned = Pick<AddressPlan, "nodes" | "outsideOf">;

/** The forwards of each router that has any. @throws Error for one to a node that is not on the router's LAN */
export function planForwards(
  { nodes }: Pick<AddressPlan, "nodes">,
  { routers = {} }: Topology,
): AddressPlan["forwards"] {
  const all = Object.entries(routers).flatMap(([router, { forwards = [] }]): [string, Forward[]][] => {
    if (forwards.length === 0) return [];
    const outside = wanOf(nodes, router);
    const planned = forwards.map(({ to, ports }) => {
      const own = nodes[to]?.interfaces.find(({ segment, name }) => segment === `lan-${router}` && name !== "lan");
      if (!own) throw new Error(`${router} forwards to ${to}, which is not on its LAN`);
      return { to, inside: own.address, outside: outside.address, ports };
    });
    return [[router, planned]];
  });
  return Object.fromEntries(all);
}

/** Of each server that stands behind a router. */
export function planServersInside(
  plan: Planned & Pick<AddressPlan, "forwards">,
  { routers = {}, turnServers = {} }: Topology,
): AddressPlan["serversInside"] {
  const servers = Object.entries(turnServers).flatMap(([name, spec]): [string, ServerInside][] => {
    const { behind = INTERNET, firewall = ["udp", "tcp"] } = spec;
    const router = routers[behind];
    if (!router) return [];
    const inside = plan.nodes[name]?.interfaces[0]?.address ?? "";
    const place = { behind, inside, letIn: firewall };
    if (natBehaviour(router.nat).addressing === "shared") {
      return [[name, { ...place, ...throughForwards(plan, routers, name, behind) }]];
    }
    const publicAddress = plan.outsideOf[behind]?.[inside];
    if (publicAddress === undefined) throw new Error(`${name} has no outside address at ${behind}`);
    return [[name, { ...place, publicAddress, forwarded: [] }]];
  });
  return Object.fromEntries(servers);
}

function throughForwards(
  { nodes, forwards }: Pick<AddressPlan, "nodes" | "forwards">,
  routers: NonNullable<Topology["routers"]>,
  server: string,
  behind: string,
): Pick<ServerInside, "publicAddress" | "forwarded"> {
  const forwarded: PortRule[][] = [];
  let [node, router] = [server, behind];
  for (;;) {
    const to = node;
    forwarded.push((forwards[router] ?? []).filter((forward) => forward.to === to).flatMap(({ ports }) => ports));
    const upstream = routers[router]?.upstream ?? INTERNET;
    if (upstream === INTERNET) break;
    [node, router] = [router, upstream];
  }
  return { publicAddress: wanOf(nodes, router).address, forwarded };
}

function wanOf(nodes: AddressPlan["nodes"], router: string) {
  const wan = nodes[router]?.interfaces.find(({ name }) => name === "wan");
  if (!wan) throw new Error(`${router} has no wan in the address plan`);
  return wan;
}

import type { AddressPlan, NodePlan } from "./address-plan.ts";
import { CORE_ADDRESS } from "./address-plan.ts";

/** One end of a wire: a port of a segment's bridge, and an interface in somebody's namespace. */
export type Wire = { segment: string; pid: number; interface: string };

/** Names segments' bridges and ports so that each fits in IFNAMSIZ and none is a prefix of an `ip` keyword. */
export class Wiring {
  readonly #bridges = new Map<string, string>();
  #ports = 0;

  /** `ip -batch` text that makes a bridge for each segment. */
  bridges(segments: readonly { name: string }[]): string {
    return segments
      .map(({ name }) => {
        const bridge = `bridge${this.#bridges.size}`;
        this.#bridges.set(name, bridge);
        return `link add ${bridge} type bridge forward_delay 0 mcast_snooping 0\nlink set ${bridge} up\n`;
      })
      .join("");
  }

  /** `ip -batch` text that plugs wires: one end on the segment's bridge, the other in the namespace of `pid`. */
  plug(wires: readonly Wire[]): string {
    return wires
      .map(({ segment, pid, interface: name }) => {
        const bridge = this.bridgeOf(segment);
        const port = `port${this.#ports++}`;
        return `link add ${port} master ${bridge} type veth peer name ${name} netns ${pid}\nlink set ${port} up\n`;
      })
      .join("");
  }

  bridgeOf(segment: string): string {
    const bridge = this.#bridges.get(segment);
    if (!bridge) throw new Error(`no segment ${segment}`);
    return bridge;
  }
}

/** `ip -batch` text that addresses and routes a node, inside its own namespace. */
export function addressing(node: NodePlan, plan: AddressPlan): string {
  const lines = ["link set lo up"];
  for (const { name, address, prefix, extra } of node.interfaces) {
    lines.push(`addr add ${address}/${prefix} dev ${name}`);
    for (const more of extra ?? []) lines.push(`addr add ${more}/${prefix} dev ${name}`);
    lines.push(`link set ${name} up`);
  }
  if (node.gateway === null) return [...lines, ...coreRoutes(plan)].join("\n");
  const [first] = node.interfaces;
  if (node.gatewayOnLink) lines.push(`route add ${node.gateway} dev ${first?.name}`);
  lines.push(`route add default via ${node.gateway} dev ${first?.name}`);
  return `${lines.join("\n")}\n`;
}

/** The core's lines, and a blackhole for everything else: dropped, with no ICMP error that a node could act on. */
function coreRoutes(plan: AddressPlan): string[] {
  const lines: string[] = [];
  for (const { interface: name, addresses } of plan.coreLines) {
    lines.push(`addr add ${CORE_ADDRESS}/32 dev ${name}`, `link set ${name} up`);
    for (const address of addresses) lines.push(`route add ${address}/32 dev ${name} src ${CORE_ADDRESS}`);
  }
  lines.push("route add blackhole default", "");
  return lines;
}

import type { AddressPlan, CoreLine, NodePlan } from "./address-plan.ts";
import { CORE_ADDRESS } from "./address-plan.ts";
import { CORE_IPV6, EXCHANGE_IPV6, familyOf, OBSERVER_6 } from "./ipv6-plan.ts";
import type { LinkTool } from "./links/link-tool.ts";
import { EXCHANGE_ADDRESS } from "./region-plan.ts";

/** One end of a wire: a port of a segment's bridge, and an interface in somebody's namespace. */
export type Wire = {
  segment: string;
  pid: number;
  interface: string;
  /**
   * How conditions get onto the wire: by the kernel's netem at both of its ends, or by a delay line in its middle, which
   * carries frames between the port and one more pair whose far end is in the bridge.
   */
  link?: LinkTool;
};

/** Devices of a wire in the fabric: the port that faces the node, and the delay line's other side where there is one. */
export type WireDevices = { port: string; line: string };

/** A frame is one packet on a wire with conditions: loss, rate and MTU are for packets, not for what offloads glue together. */
const ONE_PACKET = "gso_max_segs 1";

/** Names segments' bridges and ports so that each fits in IFNAMSIZ and none is a prefix of an `ip` keyword. */
export class Wiring {
  readonly #bridges = new Map<string, string>();
  readonly #devices = new Map<string, WireDevices>();
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
    return wires.map((wire) => this.#plugOne(wire)).join("");
  }

  #plugOne({ segment, pid, interface: name, link }: Wire): string {
    const bridge = this.bridgeOf(segment);
    const number = this.#ports++;
    const [port, line, far] = [`port${number}`, `line${number}`, `far${number}`];
    this.#devices.set(`${pid} ${name}`, { port, line });
    const up = (...devices: string[]) => devices.map((device) => `link set ${device} up\n`).join("");
    const own = link ? `${ONE_PACKET} ` : "";
    const end = `type veth peer name ${name} ${own}netns ${pid}\n`;
    if (link !== "delay-line") return `link add ${port} ${own}master ${bridge} ${end}${up(port)}`;
    const middle = `link add ${line} ${own}type veth peer name ${far} ${own}\nlink set ${far} master ${bridge}\n`;
    return `link add ${port} ${own}${end}${middle}${up(port, line, far)}`;
  }

  /** The fabric's ends of a wire that was plugged. */
  devicesOf({ pid, interface: name }: Pick<Wire, "pid" | "interface">): WireDevices {
    const devices = this.#devices.get(`${pid} ${name}`);
    if (!devices) throw new Error(`no wire ${name} of process ${pid}`);
    return devices;
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
  for (const { name, address, prefix, extra, ipv6 } of node.interfaces) {
    for (const own of [address, ...(extra ?? [])]) lines.push(addAddress(own, prefix, name));
    if (ipv6) lines.push(addAddress(ipv6.address, ipv6.prefix, name));
    lines.push(`link set ${name} up`);
  }
  const own = plan.coreLines.filter(({ owner }) => owner === node.name).flatMap(lineRoutes);
  if (node.gateway === null) return [...lines, ...own, ...blackholes(plan), ""].join("\n");
  const [first] = node.interfaces;
  for (const gateway of [node.gateway, ...(node.gateway6 === undefined ? [] : [node.gateway6])]) {
    if (node.gatewayOnLink) lines.push(`route add ${gateway} dev ${first?.name}`);
    lines.push(`route add ${everything(gateway)} via ${gateway} dev ${first?.name}`);
  }
  return [...lines, ...own, ""].join("\n");
}

/** An IPv6 address is usable at once without duplicate address detection (RFC 4862 section 5.4): the plan has no twins. */
export const addAddress = (address: string, prefix: number, device: string) =>
  `addr add ${address}/${prefix} dev ${device}${familyOf(address) === "ipv6" ? " nodad" : ""}`;

export const everything = (gateway: string) => (familyOf(gateway) === "ipv6" ? "::/0" : "default");

/** A line of the core's or a hub's: the owner's own addresses on it, and what is routed there. */
function lineRoutes({ interface: name, addresses, delegated, hub, prefixes = [] }: CoreLine): string[] {
  const owner = hub ? [EXCHANGE_ADDRESS, EXCHANGE_IPV6] : [CORE_ADDRESS, CORE_IPV6];
  const [ipv4, ipv6] = owner.map((address) => ({ address, prefix: familyOf(address) === "ipv6" ? 128 : 32 }));
  if (!ipv4 || !ipv6) throw new Error("no address of the core's");
  const of = (address: string) => (familyOf(address) === "ipv6" ? ipv6 : ipv4);
  const onLink = hub ?? addresses;
  const families = new Set(onLink.map(of));
  const via = (address: string) => hub?.find((one) => familyOf(one) === familyOf(address));
  return [
    ...[ipv4, ipv6].filter((own) => families.has(own)).map(({ address, prefix }) => addAddress(address, prefix, name)),
    `link set ${name} up`,
    ...onLink.map((one) => `route add ${one}/${of(one).prefix} dev ${name} src ${of(one).address}`),
    ...(delegated ? [`route add ${delegated.prefix} via ${delegated.via} dev ${name}`] : []),
    ...(hub ? addresses.map((one) => `route add ${one}/${of(one).prefix} via ${via(one)} dev ${name}`) : []),
    ...prefixes.map((prefix) => `route add ${prefix} via ${via(prefix)} dev ${name}`),
  ];
}

/** Everything else is dropped, with no ICMP error that a node could act on. */
const blackholes = ({ reflectors }: AddressPlan) => [
  "route add blackhole default",
  ...(OBSERVER_6 in reflectors ? ["route add blackhole ::/0"] : []),
];

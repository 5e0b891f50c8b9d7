import type { IpFamily } from "../model/topology.ts";
import type { AddressPlan } from "./address-plan.ts";

/**
 * The lab's IPv6 addresses: globally routable unicast, as the IPv4 ones are, and for the same reason. Each router has one
 * address on its line and a /64 routed to it for its LAN, as by prefix delegation (RFC 8415); addresses are set, not
 * advertised, so there are no router advertisements and no duplicate address detection to wait for.
 */
export const CORE_IPV6 = "2001:8b0:ffff::1";
/** As for IPv4: between the core and the hubs of regions. */
export const EXCHANGE_IPV6 = "2001:8b0:ffff::2";
export const hubIpv6 = (index: number) => `2001:8b0:fffe::${(index + 1).toString(16)}`;
export const OBSERVER_IPV6: readonly [string, string] = ["2001:bc8:1010::10", "2001:bc8:2020::20"];
/** The reflector that stands on the IPv6 internet; only labs with IPv6 have it. */
export const OBSERVER_6 = "observer6";

export const routerWanIpv6 = (index: number) => `2001:8b0:${(64 + index).toString(16)}::2`;
export const turnServerIpv6 = (index: number) => `2600:1900:4001:${(index + 1).toString(16)}::10`;
export const LAN_IPV6_PREFIX = 64;
/** The first four groups of a LAN's addresses. */
export const lanIpv6 = (routerIndex: number) => `2001:8b0:${(0x4000 + routerIndex).toString(16)}:1`;

/** RFC 6052 section 2.1: the well-known prefix. It may stand for globally routable IPv4 alone, and the lab has no other. */
export const NAT64_PREFIX = "64:ff9b::/96";

/**
 * The router's NAT translates what comes from `lan`. With NAT64 its inside is the device of tayga, so that this has the
 * name, and the LAN with the hosts, who have no IPv4, another.
 */
export const NAT64_DEVICE = "lan";
export const NAT64_LAN = "lan6";
/** Whether a router's interface of that name is the one its LAN hangs on. */
export const isInside = (name: string) => name === "lan" || name === NAT64_LAN;

/** The IPv6 address that stands for an IPv4 one behind the well-known prefix (RFC 6052 section 2.2). */
export function synthesize(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  const groups = [a * 256 + b, c * 256 + d].map((group) => group.toString(16));
  // RFC 5952 section 4.2: the longest run of zero groups is the shortened one.
  return groups[0] === "0" ? `64:ff9b::${groups[1]}` : `64:ff9b::${groups.join(":")}`;
}

/** Whether hosts behind such a router have IPv4 addresses. Those behind NAT64 reach IPv4, and have none. */
export const hasIpv4 = (ip: IpFamily) => ip === "ipv4" || ip === "dual";
export const hasIpv6 = (ip: IpFamily) => ip !== "ipv4";

export const familyOf = (address: string): "ipv4" | "ipv6" => (address.includes(":") ? "ipv6" : "ipv4");

/** What a node's namespace is started with, so that IPv6 works in it; nothing where it has none. */
export function ipv6Sysctls({ nodes, coreLines, hubs, ipOf }: AddressPlan, node: string): Record<string, string> {
  const own = nodes[node]?.interfaces.flatMap(({ address, ipv6 }) => [address, ipv6?.address ?? ""]) ?? [];
  const lines = coreLines.filter(({ owner }) => owner === node);
  const addresses = [...own, ...lines.flatMap((line) => line.addresses)];
  if (!addresses.some((address) => familyOf(address) === "ipv6")) return {};
  return {
    // Off in a held container (lab/runtime) that does not ask for it.
    "net.ipv6.conf.all.disable_ipv6": "0",
    "net.ipv6.conf.default.disable_ipv6": "0",
    // Whoever forwards sends neighbour solicitations from its link-local address, and none at all for the second or two
    // that duplicate address detection takes on it (RFC 4862 section 5.4).
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    // Nobody advertises a route, and nobody needs to ask for one.
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv6.conf.default.router_solicitations": "0",
    ...(hubs.includes(node) || node in ipOf ? { "net.ipv6.conf.all.forwarding": "1" } : {}),
  };
}

import { BlockList, isIPv4 } from "node:net";
import { LAB_BLOCKS } from "../model/topology.ts";

/** IPv4 blocks that are not globally routable unicast (IANA special-purpose registry), and what they are for. */
const BLOCKS: readonly [network: string, prefix: number, use: string][] = [
  ["0.0.0.0", 8, '"this network" (RFC 791)'],
  ["10.0.0.0", 8, "private (RFC 1918)"],
  ["100.64.0.0", 10, "carrier NAT (RFC 6598)"],
  ["127.0.0.0", 8, "loopback (RFC 1122)"],
  ["169.254.0.0", 16, "link-local (RFC 3927)"],
  ["172.16.0.0", 12, "private (RFC 1918)"],
  ["192.0.0.0", 24, "protocol assignments (RFC 6890)"],
  ["192.0.2.0", 24, "documentation (RFC 5737)"],
  ["192.88.99.0", 24, "6to4 anycast (RFC 7526)"],
  ["192.168.0.0", 16, "private (RFC 1918)"],
  ["198.18.0.0", 15, "benchmarks (RFC 2544)"],
  ["198.51.100.0", 24, "documentation (RFC 5737)"],
  ["203.0.113.0", 24, "documentation (RFC 5737)"],
  ["224.0.0.0", 4, "multicast (RFC 5771)"],
  ["240.0.0.0", 4, "reserved (RFC 1112)"],
];

/** Why a server cannot stand at an address on the lab's internet; null when it can. */
export function whyNotPublic(address: string): string | null {
  if (!isIPv4(address)) return "not an IPv4 address";
  const special = specialUse(address);
  if (special !== null) return special;
  const own = LAB_BLOCKS.find((block) => {
    const [network = "", prefix] = block.split("/");
    return isInside(address, network, Number(prefix));
  });
  return own ? `the lab's own routers and peers are in ${own}` : null;
}

/** What an IPv4 address is for that is not globally routable unicast, wherever one stands; null where it is. */
export function specialUse(address: string): string | null {
  const special = BLOCKS.find(([network, prefix]) => isInside(address, network, prefix));
  return special ? `${special[0]}/${special[1]} is for ${special[2]}` : null;
}

function isInside(address: string, network: string, prefix: number): boolean {
  const block = new BlockList();
  block.addSubnet(network, prefix);
  return block.check(address);
}

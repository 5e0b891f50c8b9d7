import { BlockList, isIPv4 } from "node:net";

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

/** Why an address cannot be one of the public internet; null when it can. */
export function whyNotPublic(address: string): string | null {
  if (!isIPv4(address)) return "not an IPv4 address";
  for (const [network, prefix, use] of BLOCKS) {
    const block = new BlockList();
    block.addSubnet(network, prefix);
    if (block.check(address)) return `${network}/${prefix} is for ${use}`;
  }
  return null;
}

import { BlockList, isIP } from "node:net";
import { isMdnsName } from "../model/ice.ts";

/** What an address of a candidate says about where it is from. `hidden`: an mDNS name, or none at all. */
export type AddressKind = "hidden" | "unspecified" | "loopback" | "link-local" | "private" | "carrier" | "public";

const BLOCKS = [
  ["0.0.0.0", 8, "ipv4", "unspecified"],
  ["10.0.0.0", 8, "ipv4", "private"],
  ["172.16.0.0", 12, "ipv4", "private"],
  ["192.168.0.0", 16, "ipv4", "private"],
  // RFC 6598.
  ["100.64.0.0", 10, "ipv4", "carrier"],
  ["127.0.0.0", 8, "ipv4", "loopback"],
  ["169.254.0.0", 16, "ipv4", "link-local"],
  ["::", 128, "ipv6", "unspecified"],
  ["::1", 128, "ipv6", "loopback"],
  ["fe80::", 10, "ipv6", "link-local"],
  // RFC 4193.
  ["fc00::", 7, "ipv6", "private"],
] as const;

/** Addresses for documentation (RFC 5737) count as public: people put them in the place of their own. */
export function addressKind(address: string): AddressKind {
  const family = isIP(address);
  if (family === 0 || isMdnsName(address)) return "hidden";
  const type = family === 6 ? "ipv6" : "ipv4";
  const block = BLOCKS.find(([network, prefix, of]) => of === type && isInside(address, network, prefix, of));
  return block?.[3] ?? "public";
}

function isInside(address: string, network: string, prefix: number, family: "ipv4" | "ipv6"): boolean {
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one as far as it is written out: what one LAN mostly is. */
export const subnetOf = (address: string): string =>
  address.includes(":") ? address.split(":").slice(0, 4).join(":") : address.split(".").slice(0, 3).join(".");

export const isIpv6 = (address: string): boolean => isIP(address) === 6;

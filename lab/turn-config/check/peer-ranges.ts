/** A range whose addresses no client of a TURN server has to reach through it (RFC 6890, and the registries for special purposes). */
export type PeerRange = {
  prefix: string;
  /** As `denied-peer-ip` takes it: it knows no prefix lengths. */
  range: string;
  isIpv6?: true;
  /** From this version on coturn refuses it by itself, or as the IPv4 address inside of it. */
  untilVersion?: string;
};

/**
 * Where a server's own network and its cloud's metadata service are. Slack's TURN server was a way to both in 2018, so that one
 * of these that is open is a hole, not a weakness. coturn denies none of IPv4 by itself but 127/8, 0/8 and, from 4.13.1 on, 169.254/16.
 */
export const INTERNAL_RANGES: readonly PeerRange[] = [
  { prefix: "10.0.0.0/8", range: "10.0.0.0-10.255.255.255" },
  { prefix: "172.16.0.0/12", range: "172.16.0.0-172.31.255.255" },
  { prefix: "192.168.0.0/16", range: "192.168.0.0-192.168.255.255" },
  { prefix: "169.254.0.0/16", range: "169.254.0.0-169.254.255.255", untilVersion: "4.13.1" },
  { prefix: "fc00::/7", range: "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", isIpv6: true, untilVersion: "4.13.1" },
  {
    prefix: "fe80::/10",
    range: "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    isIpv6: true,
    untilVersion: "4.13.1",
  },
];

/** The rest of what a hardened file denies: shared, protocol, example and benchmark ranges, and IPv6 that is IPv4 in disguise. */
export const SPECIAL_RANGES: readonly PeerRange[] = [
  { prefix: "100.64.0.0/10", range: "100.64.0.0-100.127.255.255" },
  { prefix: "192.0.0.0/24", range: "192.0.0.0-192.0.0.255" },
  { prefix: "192.0.2.0/24", range: "192.0.2.0-192.0.2.255" },
  { prefix: "192.88.99.0/24", range: "192.88.99.0-192.88.99.255" },
  { prefix: "198.18.0.0/15", range: "198.18.0.0-198.19.255.255" },
  { prefix: "198.51.100.0/24", range: "198.51.100.0-198.51.100.255" },
  { prefix: "203.0.113.0/24", range: "203.0.113.0-203.0.113.255" },
  { prefix: "240.0.0.0/4", range: "240.0.0.0-255.255.255.255" },
  { prefix: "::ffff:0.0.0.0/96", range: "::ffff:0.0.0.0-::ffff:255.255.255.255", isIpv6: true, untilVersion: "4.13.0" },
  { prefix: "64:ff9b::/96", range: "64:ff9b::-64:ff9b::ffff:ffff", isIpv6: true, untilVersion: "4.13.1" },
  {
    prefix: "2002::/16",
    range: "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    isIpv6: true,
    untilVersion: "4.13.1",
  },
  { prefix: "100::/64", range: "100::-100::ffff:ffff:ffff:ffff", isIpv6: true },
  { prefix: "2001::/23", range: "2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", isIpv6: true },
];

import type { CheckSeverity } from "../model/check.ts";

/** Addresses that a relay on the internet has no business with (RFC 6890), one of each kind, and the line that denies it. */
export type PeerAddress = {
  address: string;
  what: string;
  /** `error`: leads into the operator's own network, or to the server itself. */
  severity: CheckSeverity;
  fix: string;
  option: string;
};

const DENIED = "denied-peer-ip";
const denied = (address: string, severity: CheckSeverity, what: string, range: string): PeerAddress => ({
  address,
  what,
  severity,
  fix: `${DENIED}=${range}`,
  option: DENIED,
});
const loopback = (address: string, what: string, fix: string): PeerAddress => ({
  address,
  what,
  severity: "error",
  fix,
  option: "allow-loopback-peers",
});
const multicast = (address: string, what: string): PeerAddress => ({
  address,
  what,
  severity: "warning",
  fix: "no-multicast-peers",
  option: "no-multicast-peers",
});

export const IPV4_PEERS: readonly PeerAddress[] = [
  denied("10.0.0.1", "error", "a private network (RFC 1918)", "10.0.0.0-10.255.255.255"),
  denied("172.16.0.1", "error", "a private network (RFC 1918)", "172.16.0.0-172.31.255.255"),
  denied("192.168.1.1", "error", "a private network (RFC 1918)", "192.168.0.0-192.168.255.255"),
  denied("100.64.0.1", "error", "a carrier's or a cloud's own network (RFC 6598)", "100.64.0.0-100.127.255.255"),
  loopback("127.0.0.1", "the server itself", "no allow-loopback-peers; denied-peer-ip=127.0.0.0-127.255.255.255"),
  loopback("0.0.0.0", "the server itself (CVE-2020-26262)", "denied-peer-ip=0.0.0.0-0.255.255.255"),
  denied("169.254.169.254", "error", "a cloud's metadata, with its credentials", "169.254.0.0-169.254.255.255"),
  multicast("224.0.0.1", "all hosts of the server's network"),
  denied("255.255.255.255", "warning", "all hosts of the server's network", "240.0.0.0-255.255.255.255"),
  denied("192.0.0.1", "warning", "protocol assignments (RFC 6890)", "192.0.0.0-192.0.0.255"),
  denied("198.18.0.1", "warning", "benchmarks (RFC 2544), often used inside of clouds", "198.18.0.0-198.19.255.255"),
  denied("240.0.0.1", "warning", "reserved (RFC 1112)", "240.0.0.0-255.255.255.255"),
];

const MAPPED = "::ffff:0.0.0.0-::ffff:255.255.255.255";

export const IPV6_PEERS: readonly PeerAddress[] = [
  loopback("::1", "the server itself", "no allow-loopback-peers; denied-peer-ip=::1"),
  loopback("::", "the server itself (CVE-2020-26262)", "no allow-loopback-peers"),
  denied("::ffff:127.0.0.1", "error", "the server itself, as a mapped address (CVE-2026-27624)", MAPPED),
  denied("::ffff:10.0.0.1", "error", "a private network, as a mapped address (CVE-2026-27624)", MAPPED),
  denied("::ffff:169.254.169.254", "error", "a cloud's metadata, as a mapped address (CVE-2026-27624)", MAPPED),
  denied("::ffff:0.0.0.0", "error", "the server itself, as a mapped address (CVE-2026-27624)", MAPPED),
  denied("fd00::1", "error", "a private network (RFC 4193)", "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
  denied("fe80::1", "error", "the server's own link (RFC 4291)", "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
  denied("64:ff9b::a00:1", "error", "10.0.0.1 by way of NAT64 (CVE-2026-73212)", "64:ff9b::-64:ff9b::ffff:ffff"),
  denied(
    "2002:a00:1::",
    "warning",
    "10.0.0.1 by way of 6to4 (CVE-2026-73212)",
    "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ),
  // No range may start at `::`: coturn reads it as everything.
  denied("::10.0.0.1", "warning", "10.0.0.1 as a compatible address (CVE-2026-73212)", "::1-::ffff:ffff"),
  multicast("ff02::1", "all hosts of the server's link"),
];

/** Named in a request and never sent to: an address of the internet that no ACL has a reason to deny. */
export const PUBLIC_PEER = "198.41.0.4";

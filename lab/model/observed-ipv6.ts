import type { Firewall } from "./firewall.ts";
import type { EndpointDependence } from "./nat.ts";
import { compareFirewall, comparing, type FirewallCheck, openPorts } from "./observed-nat.ts";
import type { IpFamily } from "./topology.ts";

/** What a probe saw of a router's IPv6 from inside; null where it could not tell. */
export type ObservedIpv6 = {
  /** Whether the outside saw another address or port than the inside one: it must not. */
  translated: boolean | null;
  /** RFC 6092 sections 3.2 and 3.3: a stateful firewall that lets in what answers. */
  filtering: EndpointDependence | null;
  tcpFiltering: EndpointDependence | null;
  /** True when a datagram from somebody never contacted got in. */
  unsolicitedPassed: boolean | null;
  firewall: FirewallCheck[];
  /** Whether a host inside that gave itself an IPv4 address was answered; null in a dual stack. */
  ipv4Answered: boolean | null;
};

/** Each way in which a router's IPv6 is not what it claims, in plain words; empty when it is. */
export function ipv6Mismatches(firewall: Firewall, ip: IpFamily, observed: ObservedIpv6 | undefined): string[] {
  if (ip === "ipv4") return [];
  if (!observed) return ["IPv6: nothing was looked at"];
  const wrong: string[] = [];
  const compare = comparing(wrong);
  compareFirewall(observed.firewall, compare);
  const hasUdp = openPorts(observed.firewall, "udp") > 0;
  const hasTcp = openPorts(observed.firewall, "tcp") > 0;
  if (hasUdp) {
    compare("translated", false, observed.translated);
    compare("filtering", "address-and-port-dependent", observed.filtering);
    compare("unsolicited input passed", false, observed.unsolicitedPassed);
  }
  if (hasTcp) compare("TCP filtering", "address-and-port-dependent", observed.tcpFiltering);
  const isProxied = firewall.proxy !== null && ip !== "dual";
  if (isProxied && !observed.firewall.some(({ via }) => via === "proxy")) compare("the proxy", "looked at", null);
  if (ip !== "dual") compare("IPv4 without NAT64", false, observed.ipv4Answered);
  return wrong.map((line) => `IPv6: ${line}`);
}

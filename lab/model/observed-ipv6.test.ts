import { describe, expect, it } from "vitest";
import { firewallOf } from "./firewall.ts";
import { ipv6Mismatches, type ObservedIpv6 } from "./observed-ipv6.ts";
import type { FirewallCheck } from "./observed-nat.ts";

const check = (protocol: "udp" | "tcp", expected: FirewallCheck["expected"], observed = expected): FirewallCheck => ({
  flow: { protocol, port: 3478, isTls: false },
  via: "direct",
  expected,
  observed,
});
const RIGHT: ObservedIpv6 = {
  translated: false,
  filtering: "address-and-port-dependent",
  tcpFiltering: "address-and-port-dependent",
  unsolicitedPassed: false,
  firewall: [check("udp", "passed"), check("tcp", "passed")],
  ipv4Answered: false,
};
const open = firewallOf(undefined);
const mismatches = (changes: Partial<ObservedIpv6>, ip: "dual" | "ipv6" | "nat64" = "ipv6") =>
  ipv6Mismatches(open, ip, { ...RIGHT, ...changes });

describe("ipv6Mismatches", () => {
  it("finds nothing wrong with what is right, and asks nothing of IPv4 alone", () => {
    expect(mismatches({})).toEqual([]);
    expect(mismatches({ ipv4Answered: null }, "dual")).toEqual([]);
    expect(ipv6Mismatches(open, "ipv4", undefined)).toEqual([]);
  });

  it("takes a router that was not looked at for wrong", () => {
    expect(ipv6Mismatches(open, "dual", undefined)).toEqual(["IPv6: nothing was looked at"]);
    expect(mismatches({ firewall: [] })).toEqual(["IPv6: firewall: expected looked at, observed nothing that tells"]);
  });

  it.each<[string, Partial<ObservedIpv6>, string]>([
    ["NAT66", { translated: true }, "IPv6: translated: expected false, observed true"],
    ["an open door", { unsolicitedPassed: true }, "IPv6: unsolicited input passed: expected false, observed true"],
    [
      "a filter that looks at addresses only",
      { filtering: "address-dependent" },
      "IPv6: filtering: expected address-and-port-dependent, observed address-dependent",
    ],
    [
      "one for TCP that nobody could tell",
      { tcpFiltering: null },
      "IPv6: TCP filtering: expected address-and-port-dependent, observed nothing that tells",
    ],
    ["IPv4 where there is none", { ipv4Answered: true }, "IPv6: IPv4 without NAT64: expected false, observed true"],
    [
      "a hole in the firewall",
      { firewall: [...RIGHT.firewall, check("udp", "dropped", "passed")] },
      "IPv6: UDP to port 3478: expected dropped, observed passed",
    ],
  ])("sees %s", (_, changes, line) => {
    expect(mismatches(changes)).toEqual([line]);
  });

  it("asks nothing of a protocol that may not leave", () => {
    const firewall = [check("udp", "dropped"), check("tcp", "passed")];
    expect(mismatches({ firewall, translated: null, filtering: null, unsolicitedPassed: null })).toEqual([]);
  });
});

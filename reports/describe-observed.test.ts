import { describe, expect, it } from "vitest";
import { type FirewallPresetName, type Flow, fateOf, firewallOf } from "../lab/model/firewall.ts";
import type { NatPresetName } from "../lab/model/nat-presets.ts";
import type { ObservedIpv6 } from "../lab/model/observed-ipv6.ts";
import type { FirewallCheck, ObservedNat } from "../lab/model/observed-nat.ts";
import { describeObserved } from "./describe-observed.ts";
import { routerProbed } from "./example-run.ts";

/** A firewall as a probe sees it that tries these ports. */
function checks(preset: FirewallPresetName, ports = [3478, 80, 443]): FirewallCheck[] {
  const firewall = firewallOf(preset);
  const check = (flow: Flow): FirewallCheck => {
    return { flow, via: "direct", expected: fateOf(firewall, flow), observed: fateOf(firewall, flow) };
  };
  return ports.flatMap((port) => [
    check({ protocol: "udp", port, isTls: false }),
    check({ protocol: "tcp", port, isTls: false }),
    ...(firewall.tlsOnly.includes(port) ? [check({ protocol: "tcp", port, isTls: true })] : []),
  ]);
}

const NO_UDP: Partial<ObservedNat> = {
  mapping: null,
  filtering: null,
  hairpinning: null,
  portAllocation: null,
  addressing: null,
};
const NO_TCP: ObservedNat["tcp"] = {
  mapping: null,
  filtering: null,
  portAllocation: null,
  unsolicitedRefused: null,
  sourceKept: null,
};

function proven(preset: NatPresetName, seen: Partial<ObservedNat> = {}): string {
  const { expected, observed } = routerProbed("a", "router", preset);
  return describeObserved(expected, { ...observed, firewall: checks("open"), ...seen });
}

describe("a router that was probed, in words", () => {
  it("is what was seen of it, and what could not be told", () => {
    expect(proven("home")).toBe(
      "mapping endpoint-independent, filtering address-and-port-dependent, ports preserved, no hairpinning; TCP alike",
    );
    expect(proven("symmetric")).toBe(
      "mapping and filtering address-and-port-dependent, random ports; TCP alike; not told: hairpinning",
    );
    expect(proven("cloud-1to1")).toMatch(/an outside address for each host, hairpinning; TCP alike/);
  });

  it("says which of the ports that were tried lead to whom, and whether they lead out too", () => {
    const to = (node: string, protocol: "udp" | "tcp", port: number, observed = true) => {
      return { to: node, protocol, port, expected: true, observed };
    };
    const forwards = [to("turn", "udp", 3478), to("turn", "udp", 65_535), to("turn", "tcp", 80), to("sfu", "udp", 9)];
    const leaving = [{ from: "turn", port: 3478, expected: "34.1.2.3:3478", observed: "34.1.2.3:3478" }];
    expect(proven("home", { forwards, leaving })).toContain(
      "; UDP ports 3478, 65535 and TCP port 80 lead to turn, both ways; UDP port 9 leads to sfu",
    );
    const beside = [{ ...to("turn", "udp", 3479, false), expected: false }];
    expect(proven("home", { forwards: beside })).toBe(proven("home"));
  });

  it("is not what it claims to be, where the probe saw something else or nothing", () => {
    const { observed } = routerProbed("a", "router", "home");
    const { expected } = routerProbed("a", "router", "mobile-carrier");
    expect(describeObserved(expected, { ...observed, firewall: checks("open") })).toBe(proven("home"));
    expect(proven("home", { filtering: null, hairpinning: null })).toBe(
      "mapping endpoint-independent, ports preserved; " +
        "TCP mapping endpoint-independent, filtering address-and-port-dependent; not told: filtering, hairpinning",
    );
  });

  it("has a block without its size, which a probe cannot see", () => {
    expect(proven("cgnat-rfc6888")).toMatch(/, ports within a block, hairpinning; /);
    expect(proven("cgnat-rfc6888", { externalPorts: [16_384, 16_896] })).toMatch(/, consecutive ports, hairpinning; /);
    expect(proven("corporate")).toContain("consecutive ports");
  });

  it("has a lifetime as it was measured, and none that was not", () => {
    expect(proven("mobile-carrier")).not.toMatch(/ s\b|refreshed/);
    const lifetimeMs = { livedAtLeast: 4_000, goneAfter: 6_050 };
    expect(proven("mobile-carrier", { lifetimeMs, refreshedBy: "outbound" })).toContain(
      "random ports, alive after 4 s and gone after 6.05 s, refreshed from inside only",
    );
  });

  it("has no UDP where none got out, but what was seen of TCP and of the firewall", () => {
    expect(proven("home", { ...NO_UDP, firewall: checks("udp-blocked") })).toBe(
      "TCP mapping endpoint-independent, filtering address-and-port-dependent; UDP dropped; TCP passed",
    );
    expect(proven("home", { ...NO_UDP, firewall: checks("tls-443") })).toMatch(
      /; UDP rejected; TCP rejected; TLS on TCP 443 passed$/,
    );
    const proxied = [80, 443].map((port): FirewallCheck => {
      const fate = port === 443 ? "passed" : "rejected";
      return { flow: { protocol: "tcp", port, isTls: false }, via: "proxy", expected: fate, observed: fate };
    });
    const behindProxy = { ...NO_UDP, tcp: NO_TCP, firewall: [...checks("proxy-only"), ...proxied] };
    expect(proven("home", behindProxy)).toMatch(
      /^UDP dropped; TCP dropped; through the proxy 443 passed, other ports rejected$/,
    );
  });

  it("names the ports that differ, and leaves hairpinning open where some UDP is kept in", () => {
    expect(proven("home", { firewall: checks("stun-port-blocked") })).toBe(
      "mapping endpoint-independent, filtering address-and-port-dependent, ports preserved; TCP alike; " +
        "UDP 3478 dropped, other ports passed; TCP 3478 dropped, other ports passed; not told: hairpinning",
    );
  });

  it("does not tell the port from the address where one port alone is open", () => {
    expect(proven("symmetric", { firewall: checks("open", [3478]) })).toMatch(
      /^mapping address-dependent at least, filtering address-and-port-dependent/,
    );
  });

  it("has IPv6 as it was seen", () => {
    const ipv6: ObservedIpv6 = {
      translated: false,
      filtering: "address-and-port-dependent",
      tcpFiltering: "address-and-port-dependent",
      unsolicitedPassed: false,
      firewall: checks("open"),
      ipv4Answered: null,
    };
    expect(proven("home", { ipv6 })).toMatch(/TCP alike; IPv6 untranslated, filtering address-and-port-dependent$/);
    const alone = { ...NO_UDP, tcp: NO_TCP, firewall: [] };
    expect(proven("home", { ...alone, ipv6: { ...ipv6, translated: null, ipv4Answered: false } })).toBe(
      "IPv6 filtering address-and-port-dependent, no IPv4 answered; not told: IPv6 translation",
    );
    expect(proven("home", { ipv6: { ...ipv6, firewall: checks("udp-blocked") } })).toContain(
      "; over IPv6 UDP dropped; TCP passed",
    );
    expect(proven("home", alone)).toBe("nothing");
  });
});

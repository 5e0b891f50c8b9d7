import { describe, expect, it } from "vitest";
import { FIREWALL_PRESETS, firewallOf } from "../lab/model/firewall.ts";
import type { LinkSpec } from "../lab/model/link.ts";
import { routerBehaviour, type Topology } from "../lab/model/topology.ts";
import { describeFirewall, describeLink, describeNat, describeSurroundings } from "./describe-network.ts";

describe("a NAT in words", () => {
  it("has what differs between NATs, and its lifetime", () => {
    expect(describeNat(routerBehaviour({ nat: "mobile-carrier" }))).toBe(
      "mapping and filtering address-and-port-dependent, random ports, 60 s, refreshed from inside only",
    );
    expect(describeNat(routerBehaviour({ nat: "cloud-1to1" }))).toContain("an outside address for each host");
  });

  it("leaves out what no UDP passes to show", () => {
    expect(describeNat(routerBehaviour({ nat: "home", firewall: "web-only" }))).toBe(
      "only TCP 80, TCP 443 may leave, the rest is dropped",
    );
    expect(describeNat(routerBehaviour({ nat: "home", firewall: "stun-port-blocked" }))).toMatch(
      /^mapping .*; UDP 3478/,
    );
  });
});

describe("a firewall in words", () => {
  it.each([
    ["open", ""],
    ["udp-blocked", "UDP dropped"],
    ["udp-rejected", "UDP rejected"],
    ["tls-443", "only TCP 443 may leave, the rest is rejected; only TLS on 443"],
    ["proxy-only", "nothing may leave, all is dropped; an HTTP CONNECT proxy to 443"],
  ] as const)("%s: %s", (preset, words) => {
    expect(Object.keys(FIREWALL_PRESETS)).toContain(preset);
    expect(describeFirewall(firewallOf(preset))).toBe(words);
  });
});

describe("a wire in words", () => {
  it.each<[LinkSpec, string]>([
    [{}, ""],
    [{ latencyMs: 0, loss: 0 }, ""],
    [{ latencyMs: 20, jitterMs: 5, loss: 0.001 }, "20 ms ± 5 ms, 0.1 % loss"],
    [{ up: { rateKbps: 256, queueMs: 80 } }, "up 256 kbit/s with a queue of 80 ms; down bare"],
    [{ mtu: 1300, fragmentationNeeded: false }, "MTU 1300, a black hole"],
  ])("%o: %s", (link, words) => {
    expect(describeLink(link)).toBe(words);
  });
});

describe("the networks around a peer", () => {
  const topology: Topology = {
    routers: {
      carrier: { nat: "cgnat", link: { latencyMs: 30 } },
      phone: { nat: "home", upstream: "carrier" },
      six: { nat: "home", ip: "ipv6" },
    },
  };
  const around = (behind: string, link?: LinkSpec) =>
    describeSurroundings(topology, { behind, iceServers: [], ...(link ? { link } : {}) });

  it("come from the innermost outwards", () => {
    expect(around("phone")).toMatch(/ports preserved, 180 s; behind that, mapping .* 300 s; a line of 30 ms$/);
  });

  it("say that there are none, and what the peer's own wire is", () => {
    expect(around("internet", { loss: 0.5 })).toBe("a public address; a wire of 50 % loss");
  });

  it("say in which region they are", () => {
    const regional: Topology = { routers: { six: { nat: "home", ip: "ipv6", region: "eu" } } };
    expect(describeSurroundings(regional, { behind: "six", iceServers: [] })).toBe("IPv6 alone; in eu");
    const own = { behind: "internet", region: "us", iceServers: [] };
    expect(describeSurroundings(regional, own)).toBe("a public address in us");
  });

  it("say nothing of a NAT where there is no IPv4", () => {
    expect(around("six")).toBe("IPv6 alone");
  });
});

import { describe, expect, it } from "vitest";
import type { Topology } from "../model/topology.ts";
import { planAddresses } from "./address-plan.ts";
import { ipv6Sysctls, synthesize } from "./ipv6-plan.ts";
import { nat64Hosts, natSides, taygaConfig } from "./nat64.ts";
import { addressing } from "./wiring.ts";

const topology: Topology = {
  routers: {
    old: { nat: "home" },
    home: { nat: "home", ip: "dual" },
    campus: { nat: "home", ip: "ipv6" },
    phone: { nat: "mobile-carrier", ip: "nat64" },
  },
  turnServers: { turn: {}, legacy: { ip: "ipv4" } },
};
const peers = { a: "old", b: "home", c: "campus", d: "phone", e: "internet" };
const lanKinds = { old: "home", home: "home", campus: "home", phone: "carrier" } as const;
const plan = planAddresses({ topology, peers, lanKinds });

/** Everything an interface has, `name address/prefix`. */
const addressesOf = (node: string) =>
  plan.nodes[node]?.interfaces.flatMap(({ name, ipv6, ...first }) =>
    [first, ...(ipv6 ? [ipv6] : [])].map(({ address, prefix }) => `${name} ${address}/${prefix}`),
  );
const textOf = (node: string) => {
  const planned = plan.nodes[node];
  if (!planned) throw new Error(`no ${node}`);
  return addressing(planned, plan);
};

describe("IPv6 in the address plan", () => {
  it("leaves a topology without IPv6 as it was", () => {
    const plain = planAddresses({ topology: { routers: { old: { nat: "home" } } }, peers: { a: "old" }, lanKinds: {} });
    expect(JSON.stringify(plain)).not.toMatch(/2001:|64:ff9b|observer6/);
    expect(plain.ipv6Probes).toEqual({});
    for (const node of ["core", "old", "a"]) expect(ipv6Sysctls(plain, node)).toEqual({});
  });

  it("gives each kind of router what it has, outside and inside", () => {
    expect(addressesOf("old")).toEqual(["wan 81.2.64.2/32", "lan 192.168.1.1/24"]);
    expect(addressesOf("home")).toEqual([
      "wan 81.2.65.2/32",
      "wan 2001:8b0:41::2/128",
      "lan 192.168.1.1/24",
      "lan 2001:8b0:4001:1::1/64",
    ]);
    expect(addressesOf("campus")).toEqual(["wan 2001:8b0:42::2/128", "lan 2001:8b0:4002:1::1/64"]);
    expect(addressesOf("phone")).toEqual(["wan 81.2.67.2/32", "wan 2001:8b0:43::2/128", "lan6 2001:8b0:4003:1::1/64"]);
  });

  it("gives hosts only the families their LAN has, with the same number in both", () => {
    expect(addressesOf("a")).toEqual(["eth0 192.168.1.10/24"]);
    expect(addressesOf("b")).toEqual(["eth0 192.168.1.20/24", "eth0 2001:8b0:4001:1::20/64"]);
    expect(addressesOf("c")).toEqual(["eth0 2001:8b0:4002:1::30/64"]);
    expect(addressesOf("d")).toEqual(["eth0 2001:8b0:4003:1::40/64"]);
    expect(plan.nodes.d?.gateway).toBe("2001:8b0:4003:1::1");
    expect(textOf("c")).not.toMatch(/\d+\.\d+\.\d+\.\d+|route add default/);
    expect(textOf("b")).toContain("route add ::/0 via 2001:8b0:4001:1::1 dev eth0");
  });

  it("gives a server both families where somebody has IPv6, unless it says otherwise", () => {
    expect(addressesOf("turn")).toEqual(["eth0 34.77.1.10/32", "eth0 2600:1900:4001:1::10/128"]);
    expect(addressesOf("legacy")).toEqual(["eth0 34.77.2.10/32"]);
  });

  it("routes addresses and delegated prefixes from the core, and nothing else", () => {
    const core = textOf("core");
    expect(core).toContain("route add 2001:8b0:41::2/128 dev line1 src 2001:8b0:ffff::1");
    expect(core).toContain("route add 2001:8b0:4001:1::/64 via 2001:8b0:41::2 dev line1");
    expect(core).toContain("route add blackhole ::/0");
    expect(core).toContain("route add blackhole default");
    expect(plan.coreLines.find(({ segment }) => segment === "line-old")?.addresses).toEqual(["81.2.64.2"]);
    expect(plan.coreLines.find(({ segment }) => segment === "line-campus")?.addresses).toEqual(["2001:8b0:42::2"]);
  });

  it("stands on globally routable unicast only (RFC 4291: 2000::/3, without documentation and 6to4)", () => {
    const all = plan.coreLines.flatMap(({ addresses, delegated }) => [...addresses, delegated?.prefix ?? ""]);
    const ipv6 = all.filter((address) => address.includes(":"));
    expect(ipv6.length).toBeGreaterThan(8);
    for (const address of ipv6) expect(address).toMatch(/^(?!2001:db8:|2002:|2001:0?:)[23]/);
  });

  it("probes IPv6 where there is some, NAT through NAT64, and no NAT where there is no IPv4", () => {
    expect(Object.keys(plan.ipv6Probes)).toEqual(["home", "campus", "phone"]);
    expect(Object.keys(plan.probes)).toEqual(["old", "home", "phone"]);
    expect(plan.probes.phone).toMatchObject({ address: "2001:8b0:4003:1::254", reflector: "observer" });
    expect(plan.ipv6Probes.phone).toMatchObject({ address: "2001:8b0:4003:1::254", reflector: "observer6" });
    expect(plan.probes.home?.address).toBe("192.168.1.254");
  });

  it("forwards on the core and on routers, and switches IPv6 on for nobody else than who has it", () => {
    expect(ipv6Sysctls(plan, "phone")).toMatchObject({ "net.ipv6.conf.all.forwarding": "1" });
    expect(ipv6Sysctls(plan, "core")).toMatchObject({ "net.ipv6.conf.all.forwarding": "1" });
    expect(ipv6Sysctls(plan, "d")).toHaveProperty(["net.ipv6.conf.all.disable_ipv6"], "0");
    expect(ipv6Sysctls(plan, "d")).not.toHaveProperty(["net.ipv6.conf.all.forwarding"]);
    for (const node of ["old", "a", "legacy", "e"]) expect(ipv6Sysctls(plan, node)).toEqual({});
  });
});

describe("NAT64", () => {
  it.each([
    ["34.77.1.10", "64:ff9b::224d:10a"],
    ["51.15.10.10", "64:ff9b::330f:a0a"],
    ["0.0.0.1", "64:ff9b::1"],
  ])("stands %s for %s (RFC 6052)", (ipv4, ipv6) => {
    expect(synthesize(ipv4)).toBe(ipv6);
  });

  it("gives every host inside an address of its own for the NAT, and the NAT an inside", () => {
    expect(nat64Hosts(plan, "phone")).toEqual([
      { ipv4: "192.168.255.40", ipv6: "2001:8b0:4003:1::40" },
      { ipv4: "192.168.255.254", ipv6: "2001:8b0:4003:1::254" },
      { ipv4: "192.168.255.251", ipv6: "2001:8b0:4003:1::251" },
    ]);
    expect(natSides(plan, "phone")?.lan).toEqual({ address: "192.168.255.1", prefix: 24 });
    expect(natSides(plan, "phone")?.wan.address).toBe("81.2.67.2");
    expect(natSides(plan, "home")?.lan.address).toBe("192.168.1.1");
    expect(natSides(plan, "campus")).toBeNull();
  });

  it("tells tayga the prefix, its own address and each host's", () => {
    const config = taygaConfig({ ownAddress: "2001:8b0:43::64", hosts: nat64Hosts(plan, "phone") });
    expect(config.split("\n")).toEqual([
      "tun-device lan",
      "ipv4-addr 192.168.255.1",
      "ipv6-addr 2001:8b0:43::64",
      "prefix 64:ff9b::/96",
      "map 192.168.255.40 2001:8b0:4003:1::40",
      "map 192.168.255.254 2001:8b0:4003:1::254",
      "map 192.168.255.251 2001:8b0:4003:1::251",
      "",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import type { Topology } from "../model/topology.ts";
import { planAddresses } from "./address-plan.ts";
import { ipv6Sysctls } from "./ipv6-plan.ts";
import { planLinks } from "./links/plan-links.ts";
import { addressing } from "./wiring.ts";

const topology: Topology = {
  regions: { eu: { latencyMs: 15 }, us: { latencyMs: 40 }, near: { latencyMs: 0 } },
  routers: {
    home: { nat: "home", region: "eu" },
    cloud: { nat: "cloud-1to1", region: "us" },
    inner: { nat: "home", upstream: "home" },
  },
  turnServers: { primary: { region: "eu" }, standby: { region: "us" }, spare: {} },
};
const input = {
  topology,
  peers: { offerer: "inner", answerer: "internet", sfu: "cloud" },
  lanKinds: {},
  peerRegions: { answerer: "near" },
};
const plan = planAddresses(input);
const textOf = (name: string, of = plan) => {
  const node = of.nodes[name];
  if (!node) throw new Error(`no ${name}`);
  return addressing(node, of).split("\n");
};
const linesOf = (owner: string) => plan.coreLines.filter((line) => line.owner === owner);

describe("withRegions", () => {
  it("ends the lines of a region's nodes at its hub, and leaves the others at the core", () => {
    expect(plan.hubs).toEqual(["core", "eu", "us", "near"]);
    expect(linesOf("eu").map(({ segment }) => segment)).toEqual(["line-home", "line-primary"]);
    expect(linesOf("us").map(({ segment }) => segment)).toEqual(["line-cloud", "line-standby"]);
    expect(linesOf("near").map(({ segment }) => segment)).toEqual(["line-answerer"]);
    expect(linesOf("core").map(({ segment }) => segment)).toEqual([
      "line-spare",
      "line-observer",
      "line-eu",
      "line-us",
      "line-near",
    ]);
  });

  it("changes no node's own address or gateway", () => {
    const { regions: _, ...rest } = topology;
    const without = planAddresses({ ...input, topology: rest });
    const { eu, us, near, ...nodes } = plan.nodes;
    expect([eu, us, near]).not.toContain(undefined);
    expect(nodes).toEqual(without.nodes);
  });

  it("gives a hub the core's address towards its lines, and another way to the core", () => {
    expect(textOf("eu")).toEqual([
      "link set lo up",
      "addr add 81.2.254.1/32 dev trunk",
      "link set trunk up",
      "route add 81.2.255.2 dev trunk",
      "route add default via 81.2.255.2 dev trunk",
      "addr add 81.2.255.1/32 dev line0",
      "link set line0 up",
      "route add 81.2.64.2/32 dev line0 src 81.2.255.1",
      "addr add 81.2.255.1/32 dev line2",
      "link set line2 up",
      "route add 34.77.1.10/32 dev line2 src 81.2.255.1",
      "",
    ]);
  });

  it("routes a region's addresses to its hub, those of one-to-one hosts too", () => {
    const core = textOf("core");
    const trunk = linesOf("core").find(({ segment }) => segment === "line-us")?.interface;
    expect(core).toContain(`addr add 81.2.255.2/32 dev ${trunk}`);
    expect(core).toContain(`route add 81.2.254.2/32 dev ${trunk} src 81.2.255.2`);
    const outside = plan.outsideOf.cloud ?? {};
    expect(Object.keys(outside).length).toBeGreaterThanOrEqual(3);
    for (const address of [...Object.values(outside), "81.2.65.2", "34.77.2.10"])
      expect(core).toContain(`route add ${address}/32 via 81.2.254.2 dev ${trunk}`);
    expect(core.filter((line) => line.includes("34.77.2.10"))).toHaveLength(1);
    expect(core).toContain("route add blackhole default");
    expect(textOf("us").join("\n")).not.toContain("blackhole");
  });

  it("routes IPv6 the same way, delegated prefixes included", () => {
    const ipv6 = planAddresses({
      ...input,
      topology: { ...topology, routers: { ...topology.routers, campus: { nat: "home", ip: "ipv6", region: "eu" } } },
    });
    const trunk = ipv6.coreLines.find(({ segment }) => segment === "line-eu")?.interface;
    const core = textOf("core", ipv6);
    expect(core).toContain(`addr add 2001:8b0:ffff::2/128 dev ${trunk} nodad`);
    expect(core).toContain(`route add 2001:8b0:fffe::1/128 dev ${trunk} src 2001:8b0:ffff::2`);
    expect(core).toContain(`route add 2600:1900:4001:1::10/128 via 2001:8b0:fffe::1 dev ${trunk}`);
    expect(core).toContain(`route add 2001:8b0:4003:1::/64 via 2001:8b0:fffe::1 dev ${trunk}`);
    const hub = textOf("eu", ipv6);
    expect(hub).toContain("route add ::/0 via 2001:8b0:ffff::2 dev trunk");
    expect(hub.find((line) => line.startsWith("route add 2001:8b0:4003:1::/64 via 2001:8b0:43::2"))).toBeDefined();
    expect(ipv6Sysctls(ipv6, "eu")).toMatchObject({ "net.ipv6.conf.all.forwarding": "1" });
    expect(ipv6Sysctls(plan, "eu")).toEqual({});
  });
});

describe("planLinks", () => {
  const peers = { answerer: { behind: "internet", region: "near", iceServers: [] } };

  it("puts a region's latency on the wire between hub and core, and nothing where there is none", () => {
    const trunk = linesOf("core").find(({ segment }) => segment === "line-us")?.interface;
    const links = planLinks({ plan, topology, peers });
    expect(links.map(({ node, spec }) => [node, spec])).toEqual([
      ["eu", { latencyMs: 15 }],
      ["us", { latencyMs: 40 }],
    ]);
    expect(links[1]).toMatchObject({ interface: "trunk", far: { node: "core", interface: trunk }, isAlone: true });
  });

  it("finds the far end of a wire in a region at its hub", () => {
    const changes = [{ atMs: 1, node: "primary", link: { loss: 1 } }];
    const link = planLinks({ plan, topology, peers, changes }).find(({ node }) => node === "primary");
    expect(link?.far).toEqual({ node: "eu", interface: "line2" });
  });
});

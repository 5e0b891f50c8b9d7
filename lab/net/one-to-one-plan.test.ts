import { describe, expect, it } from "vitest";
import type { Topology } from "../model/topology.ts";
import { planAddresses } from "./address-plan.ts";
import { hostsOf } from "./one-to-one-plan.ts";

const planOf = (routers: Topology["routers"], peers: Record<string, string>) =>
  planAddresses({
    topology: { routers },
    peers,
    lanKinds: Object.fromEntries(Object.keys(routers ?? {}).map((router) => [router, "home" as const])),
  });

describe("one-to-one addresses", () => {
  const plan = planOf({ home: { nat: "home" }, cloud: { nat: "cloud-1to1" } }, { offerer: "cloud", answerer: "cloud" });

  it("gives each host on the LAN the outside address with its own last byte", () => {
    expect(plan.outsideOf).toEqual({
      cloud: {
        "192.168.1.10": "81.2.65.10",
        "192.168.1.20": "81.2.65.20",
        "192.168.1.254": "81.2.65.254",
        "192.168.1.251": "81.2.65.251",
      },
    });
  });

  it("puts them on the router's outside, and routes them there", () => {
    const outside = Object.values(plan.outsideOf.cloud ?? {});
    expect(plan.nodes.cloud?.interfaces[0]).toMatchObject({ address: "81.2.65.2", extra: outside });
    const line = plan.coreLines.find(({ segment }) => segment === "line-cloud");
    expect(line?.addresses).toEqual(["81.2.65.2", ...outside]);
    expect(plan.coreLines.find(({ segment }) => segment === "line-home")?.addresses).toEqual(["81.2.64.2"]);
  });

  it("takes them from the upstream LAN behind another router, which knows them for hosts of its own", () => {
    const nested = planOf(
      { office: { nat: "home" }, cloud: { nat: "cloud-1to1", upstream: "office" } },
      { offerer: "cloud", answerer: "office" },
    );
    const outside = Object.values(nested.outsideOf.cloud ?? {});
    expect(outside).toEqual(["192.168.1.100", "192.168.1.101", "192.168.1.102"]);
    expect(hostsOf(nested, "office")).toEqual([
      "192.168.1.10",
      ...outside,
      "192.168.1.20",
      "192.168.1.254",
      "192.168.1.251",
    ]);
    expect(hostsOf(nested, "cloud")).toEqual(["192.168.2.10", "192.168.2.254", "192.168.2.251"]);
  });

  it("takes none that somebody on the upstream LAN has", () => {
    const peers = Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`p${index}`, "office"]));
    const nested = planOf(
      {
        office: { nat: "home" },
        first: { nat: "cloud-1to1", upstream: "office" },
        second: { nat: "cloud-1to1", upstream: "office" },
      },
      { ...peers, guest: "first", other: "second" },
    );
    const hosts = hostsOf(nested, "office");
    expect(hosts).toContain("192.168.1.101");
    expect(new Set(hosts).size).toBe(hosts.length);
    expect(Object.values(nested.outsideOf.first ?? {})).toHaveLength(3);
    const taken = Object.values(peers).map((_, index) => nested.nodes[`p${index}`]?.interfaces[0]?.address);
    for (const address of Object.values(nested.outsideOf.second ?? {})) expect(taken).not.toContain(address);
  });

  it("gives those of a cloud within a cloud outside addresses of the outer one too, whichever is named first", () => {
    const outer = { nat: "cloud-1to1" } as const;
    const inner = { nat: "cloud-1to1", upstream: "outer" } as const;
    for (const routers of [
      { outer, inner },
      { inner, outer },
    ]) {
      const nested = planOf(routers, { offerer: "inner", answerer: "outer" });
      const between = Object.values(nested.outsideOf.inner ?? {});
      expect(between).toHaveLength(3);
      for (const address of between) expect(nested.outsideOf.outer).toHaveProperty([address]);
    }
  });

  it("says so when the upstream LAN has none left, which no scenario's 60 routers and 60 peers come to", () => {
    const clouds = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `r${index}`);
      const routers = names.map((name) => [name, { nat: "cloud-1to1" as const, upstream: "office" }]);
      const peers = Array.from({ length: 60 }, (_, index) => [`p${index}`, `r${index % count}`]);
      return planOf({ office: { nat: "home" }, ...Object.fromEntries(routers) }, Object.fromEntries(peers));
    };
    expect(new Set(hostsOf(clouds(59), "office")).size).toBe(59 * 3 + 60 + 2);
    expect(() => clouds(61)).toThrow(/office has no address left for a host behind r60/);
  });
});

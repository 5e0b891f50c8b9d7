import { describe, expect, it } from "vitest";
import type { RouterSpec, Topology } from "../model/topology.ts";
import { planAddresses } from "./address-plan.ts";
import { planForwardChecks } from "./plan-forwards.ts";
import { routerFacts } from "./rules/router-facts.ts";

const planOf = (topology: Topology, peers: Record<string, string> = {}) =>
  planAddresses({ topology, peers, lanKinds: { carrier: "carrier" } });
const inside = (plan: ReturnType<typeof planOf>, node: string) => plan.nodes[node]?.interfaces[0]?.address;
const routesOf = (plan: ReturnType<typeof planOf>, router: string) =>
  plan.coreLines.find(({ segment }) => segment === `line-${router}`)?.addresses;
const forward = (to: string, ...ports: NonNullable<RouterSpec["forwards"]>[number]["ports"]) => ({ to, ports });

describe("servers behind a one-to-one router", () => {
  const cloud = { nat: "cloud-1to1", lan: "10.128.0.0/24" } as const;
  const plan = planOf(
    {
      routers: { home: { nat: "home" }, cloud },
      turnServers: {
        turn: { behind: "cloud", publicAddress: "34.1.2.3", privateAddress: "10.128.0.11" },
        second: { behind: "cloud" },
        third: { behind: "cloud", firewall: ["udp:3478", "udp:49152-50000"] },
        outside: {},
      },
    },
    { offerer: "home", answerer: "cloud" },
  );

  it("stand on its LAN, each at the address that is given or the next", () => {
    expect(["turn", "second", "third"].map((node) => inside(plan, node))).toEqual([
      "10.128.0.11",
      "10.128.0.10",
      "10.128.0.12",
    ]);
    expect(plan.nodes.turn).toMatchObject({ gateway: "10.128.0.1", gatewayOnLink: false });
    expect(inside(plan, "answerer")).toBe("10.128.0.20");
  });

  it("are known by addresses of their own, which the core routes to the router", () => {
    expect(plan.serversInside).toMatchObject({
      turn: { behind: "cloud", inside: "10.128.0.11", publicAddress: "34.1.2.3", forwarded: [] },
      second: { publicAddress: "34.77.2.10" },
      third: { publicAddress: "34.77.3.10" },
    });
    expect(plan.outsideOf.cloud).toMatchObject({ "10.128.0.11": "34.1.2.3", "10.128.0.20": "81.2.65.20" });
    expect(routesOf(plan, "cloud")).toEqual(expect.arrayContaining(["34.1.2.3", "34.77.2.10", "81.2.65.254"]));
    expect(plan.nodes.cloud?.interfaces[0]?.extra).toContain("34.1.2.3");
    expect(inside(plan, "outside")).toBe("34.77.4.10");
    expect(plan.serversInside).not.toHaveProperty("outside");
  });

  it("are looked at from outside, where a firewall further out lets anybody in", () => {
    const looks = planForwardChecks(plan, "cloud").map(({ to, outside, checks, leaving }) => {
      const ports = checks.map(({ protocol, port, isForwarded }) => `${protocol} ${port} ${isForwarded}`);
      return [`${to} ${outside}`, ...ports, ...leaving];
    });
    const [turn, second, third] = looks;
    expect(turn).toEqual([
      ...["turn 34.1.2.3", "udp 3478 true", "udp 65535 true", "tcp 3478 true", "tcp 65535 true"],
      3479,
    ]);
    expect(second?.[0]).toBe("second 34.77.2.10");
    expect(third).toEqual(["third 34.77.3.10", "udp 3478 true", "udp 49152 true", "udp 50000 true", 3478, 49_153]);
    expect(planForwardChecks(plan, "home")).toEqual([]);
  });
});

describe("servers behind a router with one address", () => {
  const relays = forward("turn", "udp:3478", "udp:49152-65535", "tcp:3478");
  const at = (office: Partial<RouterSpec>, turn = {}) =>
    planOf(
      {
        routers: { office: { nat: "home", forwards: [relays], ...office } },
        turnServers: { turn: { behind: "office", ...turn } },
      },
      { offerer: "office" },
    );

  it("are known by it, wherever it is given", () => {
    for (const plan of [at({ publicAddress: "34.1.2.3" }), at({}, { publicAddress: "34.1.2.3" })]) {
      expect(plan.serversInside.turn).toMatchObject({
        publicAddress: "34.1.2.3",
        inside: "192.168.1.10",
        forwarded: [["udp:3478", "udp:49152-65535", "tcp:3478"]],
      });
      expect(routesOf(plan, "office")).toEqual(["34.1.2.3"]);
    }
    expect(at({}).serversInside.turn?.publicAddress).toBe("81.2.64.2");
  });

  it("hand the rules what is forwarded, and the probe its edges and what is beside them", () => {
    const plan = at({});
    expect(routerFacts(plan, "office")?.forwards).toEqual([
      { to: "turn", inside: "192.168.1.10", outside: "81.2.64.2", ports: relays.ports },
    ]);
    const [look] = planForwardChecks(plan, "office");
    const ports = (isForwarded: boolean) =>
      look?.checks.filter((at) => at.isForwarded === isForwarded).map(({ protocol, port }) => `${protocol}:${port}`);
    expect(ports(true)).toEqual(["udp:3478", "udp:49152", "udp:65535", "tcp:3478"]);
    expect(ports(false)).toEqual(["udp:3477", "udp:3479", "udp:49151", "tcp:3477", "tcp:3479"]);
    expect(look).toMatchObject({ to: "turn", outside: "81.2.64.2", leaving: [3478, 49_153] });
  });

  it("calls no port beside one that leads to somebody else", () => {
    const forwards = [forward("turn", "udp:3478"), forward("offerer", "udp:3479-3480")];
    const beside = planForwardChecks(at({ forwards }), "office").map(({ to, checks }) => {
      return [to, ...checks.flatMap(({ port, isForwarded }) => (isForwarded ? [] : [port]))];
    });
    expect(beside).toEqual([
      ["turn", 3477],
      ["offerer", 3481],
    ]);
  });

  it("are reached through routers behind routers, each of which forwards to the next", () => {
    const plan = planOf({
      routers: {
        carrier: { nat: "cgnat", forwards: [forward("office", "udp:3000-4000")] },
        office: { nat: "home", upstream: "carrier", forwards: [relays] },
      },
      turnServers: { turn: { behind: "office", publicAddress: "34.1.2.3" } },
    });
    expect(plan.serversInside.turn).toMatchObject({
      publicAddress: "34.1.2.3",
      forwarded: [relays.ports, ["udp:3000-4000"]],
    });
    expect(plan.forwards.carrier).toEqual([
      { to: "office", inside: "100.64.0.10", outside: "34.1.2.3", ports: ["udp:3000-4000"] },
    ]);
    expect(plan.forwards.office?.[0]).toMatchObject({ inside: "192.168.1.10", outside: "100.64.0.10" });
  });

  it("are given no address that the lab has for another", () => {
    const plan = planOf({
      routers: { office: { nat: "home", publicAddress: "34.77.1.10", forwards: [relays] } },
      turnServers: { turn: { behind: "office" }, other: {} },
    });
    expect(inside(plan, "other")).toBe("34.77.2.10");
  });

  it("refuse a forward to somebody elsewhere, which a scenario cannot have", () => {
    expect(() => at({ forwards: [forward("nobody", "udp:3478")] })).toThrow("office forwards to nobody");
  });
});

describe("the LAN of a router", () => {
  it("is the one that is given, and another inside of it", () => {
    const routers = {
      outer: { nat: "home", lan: "192.168.1.0/24" },
      inner: { nat: "home", upstream: "outer" },
      third: { nat: "home", upstream: "inner", lan: "172.20.5.0/24" },
    } as const;
    const plan = planOf({ routers });
    const lans = Object.keys(routers).map((name) => plan.nodes[name]?.interfaces[1]?.address);
    expect(lans).toEqual(["192.168.1.1", "192.168.2.1", "172.20.5.1"]);
  });

  it("wraps around for its last hosts, and leaves out addresses that are given", () => {
    const turnServers = Object.fromEntries(
      Array.from({ length: 5 }, (_, i) => [`s${i}`, { behind: "cloud", privateAddress: `192.168.1.${246 + i}` }]),
    );
    const peers = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`p${index}`, "cloud"]));
    const plan = planOf({ routers: { cloud: { nat: "cloud-1to1" } }, turnServers }, peers);
    const hosts = [...Object.keys(peers), ...Object.keys(turnServers)].map((node) => inside(plan, node));
    expect(new Set(hosts).size).toBe(65);
    for (const host of hosts) expect(Number(host?.split(".")[3])).toBeLessThanOrEqual(250);
  });
});

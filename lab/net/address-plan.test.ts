import { describe, expect, it } from "vitest";
import type { Topology } from "../model/topology.ts";
import { planAddresses } from "./address-plan.ts";
import { hostsOf } from "./one-to-one-plan.ts";

const cgnat: Topology = {
  routers: { carrier: { nat: "cgnat" }, phone: { nat: "home", upstream: "carrier" }, home: { nat: "home" } },
  turnServers: { turn: { publicAddress: "34.1.2.3" }, second: {} },
};
const plan = planAddresses({
  topology: cgnat,
  peers: { offerer: "phone", answerer: "home" },
  lanKinds: { carrier: "carrier", phone: "home", home: "home" },
});
const addressesOf = (node: string) =>
  plan.nodes[node]?.interfaces.map(({ name, address, prefix }) => `${name} ${address}/${prefix}`);

describe("address plan", () => {
  it("hangs a subscriber's router on the carrier's LAN, with shared address space between them", () => {
    expect(addressesOf("carrier")).toEqual(["wan 81.2.64.2/32", "lan 100.64.0.1/24"]);
    expect(addressesOf("phone")).toEqual(["wan 100.64.0.10/24", "lan 192.168.1.1/24"]);
    expect(plan.nodes.phone?.gateway).toBe("100.64.0.1");
  });

  it("uses the user's public address as it is, and picks one where none is given", () => {
    expect(addressesOf("turn")).toEqual(["eth0 34.1.2.3/32"]);
    expect(addressesOf("second")).toEqual(["eth0 34.77.2.10/32"]);
  });

  it("gives each peer one interface, and no two peers the same host even in equal subnets", () => {
    expect(addressesOf("offerer")).toEqual(["eth0 192.168.1.10/24"]);
    expect(addressesOf("answerer")).toEqual(["eth0 192.168.1.20/24"]);
    expect(plan.lanOf.offerer).not.toBe(plan.lanOf.answerer);
  });

  it("routes every node that is outside through the core, one line each: always a routed hop", () => {
    const outside = plan.coreLines.map(({ segment, addresses }) => `${segment} ${addresses.join(" ")}`);
    expect(outside).toEqual([
      "line-carrier 81.2.64.2",
      "line-home 81.2.66.2",
      "line-turn 34.1.2.3",
      "line-second 34.77.2.10",
      "line-observer 51.15.10.10 51.15.20.20",
    ]);
  });

  it("gives sixty peers, each behind a router of its own, an inside host that no other has", () => {
    const names = Array.from({ length: 60 }, (_, index) => `n${index}`);
    const many = planAddresses({
      topology: { routers: Object.fromEntries(names.map((name) => [name, { nat: "home" as const }])) },
      peers: Object.fromEntries(names.map((name) => [`at-${name}`, name])),
      lanKinds: {},
    });
    const inside = names.map((name) => many.nodes[`at-${name}`]?.interfaces[0]?.address ?? "");
    expect(new Set(inside).size).toBe(60);
    expect(inside.every((address) => Number(address.split(".")[3]) < 251)).toBe(true);
  });

  it("puts the internet on globally routable unicast only", () => {
    const reserved =
      /^(0|10|127|22[4-9]|23\d|24\d|25\d)\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^192\.168\.|^192\.0\.|^198\.(18|19|51)\.|^203\.0\.113\./;
    for (const { addresses } of plan.coreLines) for (const address of addresses) expect(address).not.toMatch(reserved);
  });

  it("keeps two peers behind one router on one LAN, and a public peer on a line of its own", () => {
    const home = planAddresses({
      topology: { routers: { home: { nat: "home" } } },
      peers: { offerer: "home", answerer: "home" },
      lanKinds: { home: "home" },
    });
    expect(home.lanOf.offerer).toBe(home.lanOf.answerer);
    expect(home.nodes.offerer?.interfaces[0]?.address).not.toBe(home.nodes.answerer?.interfaces[0]?.address);
    const open = planAddresses({ topology: {}, peers: { offerer: "internet", answerer: "internet" }, lanKinds: {} });
    expect(open.lanOf.offerer).not.toBe(open.lanOf.answerer);
    expect(open.nodes.offerer?.interfaces[0]?.prefix).toBe(32);
  });

  it("never gives a router the subnet that it, or any router it stands behind, has outside", () => {
    const nested = planAddresses({
      topology: {
        routers: {
          outer: { nat: "home" },
          carrier: { nat: "cgnat", upstream: "outer" },
          second: { nat: "cgnat", upstream: "carrier" },
          inner: { nat: "home", upstream: "second" },
        },
      },
      peers: { offerer: "outer", answerer: "inner" },
      lanKinds: { outer: "home", carrier: "carrier", second: "carrier", inner: "home" },
    });
    const inside = ["outer", "carrier", "second", "inner"].map((name) => nested.nodes[name]?.interfaces[1]?.address);
    expect(inside).toEqual(["192.168.1.1", "100.64.0.1", "100.64.1.1", "192.168.2.1"]);
  });

  it("keeps clear of the probe's and the reflector's addresses on the fullest LAN that a scenario may have", () => {
    const inner = Array.from({ length: 59 }, (_, index) => `r${index}`);
    const routers = Object.fromEntries(inner.map((name) => [name, { nat: "home" as const, upstream: "lan" }]));
    const full = planAddresses({
      topology: { routers: { lan: { nat: "home" }, ...routers } },
      peers: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`p${index}`, "lan"])),
      lanKinds: {},
    });
    const hosts = hostsOf(full, "lan").map((address) => Number(address.split(".")[3]));
    expect(new Set(hosts).size).toBe(59 + 60 + 2);
    expect(hosts.filter((host) => host > 250)).toEqual([254, 251]);
  });
});

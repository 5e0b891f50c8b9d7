import { expect, it } from "vitest";
import type { Topology } from "../model/topology.ts";
import { planAddresses } from "./address-plan.ts";
import { addressesIn, hostAddressing, isOnLan, isTaken } from "./private-hosts.ts";

it("routes to all but the neighbours of a server", () => {
  const cloud = { name: "eth0", segment: "lan-cloud", address: "10.128.0.2", prefix: 24 };
  expect(isOnLan("10.128.0.9", cloud)).toBe(true);
  expect(isOnLan("10.0.0.1", cloud)).toBe(false);
  const line = { name: "eth0", segment: "line-turn", address: "34.77.1.10", prefix: 32 };
  expect(isOnLan("34.77.1.11", line)).toBe(false);
  expect(isOnLan("fd00::1", line)).toBe(false);
});

it("takes no address from whom the server can reach, and those of LANs that it cannot see", () => {
  const topology: Topology = { routers: { home: { nat: "home" } }, turnServers: { turn: {} } };
  const plan = planAddresses({ topology, peers: { peer: "home" }, lanKinds: { home: "home" } });
  const [own] = plan.nodes.turn?.interfaces ?? [];
  const taken = (address: string, segment = own?.segment ?? "") => isTaken(address, segment, plan);
  expect(taken("34.77.1.10")).toBe(true);
  expect(taken("51.15.10.10")).toBe(true);
  expect(taken("192.168.1.1"), "the home's router, whom nobody outside can reach").toBe(false);
  expect(taken("192.168.1.1", "lan-home")).toBe(true);
  expect(taken("10.0.0.1")).toBe(false);
});

it("reads back which addresses stand, whatever way they are written", () => {
  const listed = [
    "2: eth0    inet 10.0.0.1/32 scope global eth0\\       valid_lft forever preferred_lft forever",
    "2: eth0    inet6 64:ff9b::a00:1/128 scope global nodad \\       valid_lft forever preferred_lft forever",
    "2: eth0    inet6 ::10.0.0.1/128 scope global nodad \\       valid_lft forever preferred_lft forever",
  ].join("\n");
  expect(addressesIn(listed)).toEqual(new Set(["10.0.0.1", "64:ff9b::a00:1", "::a00:1"]));
});

it("gives each address to one interface, and knows the way back", () => {
  expect(hostAddressing(["10.0.0.1", "fd00::1"], ["34.77.1.10"]).split("\n")).toEqual([
    "link set lo up",
    "link set eth0 up",
    "addr add 10.0.0.1/32 dev eth0",
    "addr add fd00::1/128 dev eth0 nodad",
    "route add 34.77.1.10/32 dev eth0",
    "",
  ]);
});

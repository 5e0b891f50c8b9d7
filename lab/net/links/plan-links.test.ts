import { describe, expect, it } from "vitest";
import type { PeerSpec, Topology } from "../../model/topology.ts";
import { planAddresses } from "../address-plan.ts";
import { planLinks } from "./plan-links.ts";

const topology: Topology = {
  routers: { carrier: { nat: "cgnat" }, phone: { nat: "home", upstream: "carrier" } },
  turnServers: { turn: {} },
};
const peers: Record<string, PeerSpec> = {
  offerer: { behind: "phone", iceServers: [] },
  answerer: { behind: "internet", iceServers: [] },
};
const plan = planAddresses({
  topology,
  peers: { offerer: "phone", answerer: "internet" },
  lanKinds: { carrier: "carrier", phone: "home" },
});
const withLinks = (links: Partial<Record<string, object>>): Parameters<typeof planLinks>[0] => {
  const add = <T>(specs: Record<string, T>) =>
    Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => [name, { ...spec, ...(links[name] ? { link: links[name] } : {}) }]),
    );
  return {
    plan,
    topology: { routers: add(topology.routers ?? {}), turnServers: add(topology.turnServers ?? {}) },
    peers: add(peers),
  };
};

describe("planLinks", () => {
  it("plans nothing where nothing is asked for", () => {
    expect(planLinks(withLinks({}))).toEqual([]);
  });

  it.each([
    ["offerer", "eth0", { node: "phone", interface: "lan" }, false],
    ["phone", "wan", { node: "carrier", interface: "lan" }, false],
    ["carrier", "wan", { node: "core", interface: "line0" }, true],
    ["turn", "eth0", { node: "core", interface: "line1" }, true],
    ["answerer", "eth0", { node: "core", interface: "line2" }, true],
  ])("finds the far end of the wire of %s", (node, name, far, isAlone) => {
    const [link, ...more] = planLinks(withLinks({ [node]: { latencyMs: 20 } }));
    expect(more).toEqual([]);
    expect(link).toMatchObject({ node, interface: name, far, isAlone, spec: { latencyMs: 20 }, isBlackHole: false });
  });

  it("plans a wire that gets its conditions only in mid-run, bare at first", () => {
    const changes = [{ atMs: 1_000, node: "turn", link: { mtu: 1_300, fragmentationNeeded: false } }];
    expect(planLinks({ ...withLinks({}), changes })).toMatchObject([{ node: "turn", spec: {}, isBlackHole: true }]);
  });

  it("does not take an MTU with ICMP for a black hole", () => {
    expect(planLinks(withLinks({ turn: { mtu: 1_300 } }))).toMatchObject([{ isBlackHole: false }]);
  });
});

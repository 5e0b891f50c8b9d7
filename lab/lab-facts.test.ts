import { describe, expect, it } from "vitest";
import { BARE_WIRE, changeFacts, labRouters, labServer } from "./lab-facts.ts";
import type { Topology } from "./model/topology.ts";
import { planAddresses } from "./net/address-plan.ts";
import { planTurnServers, type TurnServerPlan } from "./turn/turn-server.ts";

const topology: Topology = {
  routers: {
    carrier: { nat: "cgnat", link: { mtu: 1300 } },
    phone: { nat: "home", upstream: "carrier", firewall: "udp-blocked" },
    cloud: { nat: "cloud-1to1" },
  },
  turnServers: {
    turn: {
      behind: "cloud",
      options: { "static-auth-secret": ["hush"], "user-quota": 3 },
      firewall: ["udp:3478", "udp:49152-65535"],
    },
  },
};

const fresh = { username: "lab", password: "hush" };
const plan = planAddresses({ topology, peers: { offerer: "phone" }, lanKinds: {} });
const planned = planTurnServers(topology.turnServers ?? {}, plan, fresh).turn as TurnServerPlan;
const bare = () => BARE_WIRE;

describe("labRouters", () => {
  it("goes from the peer outwards, with the narrowest wire on each router's way and what it dropped", () => {
    const wireOf = (node: string) => (node === "carrier" ? { mtu: 1300, tooBig: 4 } : BARE_WIRE);
    const dropsOf = (router: string) =>
      router === "phone" ? { dropped: [{ what: "udp out 3478", packets: 7 }], tooBig: 0 } : undefined;
    const routers = labRouters(topology, { name: "offerer", behind: "phone" }, wireOf, dropsOf);
    expect(routers).toMatchObject([
      { name: "phone", mapping: "endpoint-independent", mtu: 1500, tooBig: 0, dropped: [{ what: "udp out 3478" }] },
      { name: "carrier", mapping: "address-and-port-dependent", mtu: 1300, tooBig: 4, dropped: [] },
    ]);
    expect(routers[0]?.firewall.deny).toEqual(["udp"]);
    expect(labRouters(topology, { name: "offerer", behind: "internet" }, bare, () => undefined)).toEqual([]);
  });
});

describe("labServer", () => {
  it("says where it stands, what comes in and what it gives, and no secret", () => {
    const server = labServer({ topology }, planned, { isUp: true, wireOf: bare });
    expect(server).toMatchObject({
      name: "turn",
      address: planned.address,
      relayedAddress: planned.address,
      listeners: expect.arrayContaining(["udp:3478", "tcp:3478", "tls:5349"]),
      firewall: ["udp:3478", "udp:49152-65535"],
      relayRange: { min: 49152, max: 65535 },
      behind: "cloud",
      isHairpinMissing: false,
      isMinted: false,
      mtu: 1500,
    });
    expect(server.options["user-quota"]).toBe(3);
    expect(JSON.stringify(server)).not.toContain("hush");
  });

  it("lets in what the firewall and every forwarding router let in together", () => {
    const gated: TurnServerPlan = {
      ...planned,
      firewall: ["udp"],
      forwarded: [["udp:3478", "tcp:3478"], ["udp:1-4000"]],
    };
    expect(labServer({ topology }, gated, { isUp: true, wireOf: bare }).firewall).toEqual(["udp:3478-3478"]);
  });

  it("knows the versions whose datagrams end at the first router, unless the scenario says another", () => {
    const found = { reference: "x", id: "x", digest: null, version: "4.17.1", command: [] };
    const of = { ...planned, found } as unknown as TurnServerPlan;
    expect(labServer({ topology }, of, { isUp: true, wireOf: bare }).sendsTtl).toBe(1);
    expect(labServer({ topology }, planned, { isUp: false, wireOf: bare })).toMatchObject({
      sendsTtl: null,
      isUp: false,
    });
  });
});

describe("changeFacts", () => {
  it("says in words what was done to what", () => {
    expect(changeFacts({ atMs: 0, router: "home", forgets: true, downMs: 500 })).toEqual({
      text: "router home lost its NAT state, after it was dead for 500 ms",
      kind: "router",
      name: "home",
    });
    expect(changeFacts({ atMs: 0, server: "turn", becomes: "killed" }).text).toBe("server turn was killed");
    const secrets = changeFacts({ atMs: 0, server: "turn", secrets: ["hush"] });
    expect(secrets).toMatchObject({ kind: "secrets" });
    expect(secrets.text).not.toContain("hush");
    expect(changeFacts({ atMs: 0, node: "home", link: { mtu: 900 } }).text).toBe("the wire of home took mtu 900");
  });
});

import { describe, expect, it } from "vitest";
import { callEndOf } from "./call-end.ts";
import type { IceServerRef, PeerSpec, Topology } from "./topology.ts";

const topology: Topology = {
  routers: {
    carrier: { nat: "cgnat", firewall: "udp-blocked" },
    phone: { nat: "home", upstream: "carrier" },
  },
  turnServers: {
    turn: {},
    moved: { options: { "listening-port": 80, "tls-listening-port": "443", "no-tcp": true } },
    walled: { firewall: ["udp:3478", "tcp:5349"] },
    open: { firewall: ["udp", "tcp:443"] },
  },
};
const peer = (iceServers: IceServerRef[], changes: Partial<PeerSpec> = {}): PeerSpec => {
  return { behind: "phone", iceServers, ...changes };
};
const flows = (iceServers: IceServerRef[]) =>
  callEndOf(topology, peer(iceServers)).flows.map(({ use, protocol, port, isTls }) =>
    [use, protocol, port, isTls ? "tls" : ""].join(" ").trim(),
  );

describe("callEndOf", () => {
  it("has the routers from the innermost outwards, each with its firewall", () => {
    const { routers } = callEndOf(topology, peer([]));
    expect(routers.map(({ name }) => name)).toEqual(["phone", "carrier"]);
    expect(routers.map(({ behaviour }) => behaviour.firewall.deny)).toEqual([[], ["udp"]]);
    expect(callEndOf(topology, peer([], { behind: "internet" })).routers).toEqual([]);
  });

  it("has a flow for each URL of a server, or for the kinds that are asked for", () => {
    expect(flows(["turn"])).toEqual(["stun udp 3478", "turn udp 3478", "turn tcp 3478", "turn tcp 5349 tls"]);
    expect(flows([{ server: "turn", urls: ["tcp:80", "tls:443"] }])).toEqual(["turn tcp 80", "turn tcp 443 tls"]);
  });

  it("has the ports that a server's options give, and no listener that they switch off", () => {
    expect(flows(["moved"])).toEqual(["stun udp 80", "turn udp 80", "turn tcp 443 tls"]);
  });

  it("leaves out what the server's own firewall keeps out", () => {
    expect(flows(["walled"])).toEqual(["stun udp 3478", "turn udp 3478", "turn tcp 5349 tls"]);
    expect(flows([{ server: "open", urls: ["udp", "tcp", "tls:443"] }])).toEqual(["turn udp 3478", "turn tcp 443 tls"]);
  });

  it("knows whether strangers get at a server's relayed addresses", () => {
    const isRelayOpen = (server: string) =>
      callEndOf(topology, peer([server])).flows.flatMap((flow) => (flow.use === "turn" ? [flow.isRelayOpen] : []));
    expect(new Set(isRelayOpen("turn"))).toEqual(new Set([true]));
    expect(new Set(isRelayOpen("walled"))).toEqual(new Set([false]));
    expect(new Set(isRelayOpen("open"))).toEqual(new Set([true]));
  });

  it("knows whose host candidates are names that nobody elsewhere can look up", () => {
    const hides = (changes: Partial<PeerSpec>, media?: ["audio"]) =>
      callEndOf(topology, peer(["turn"], changes), media).hidesHosts;
    expect(hides({})).toBeUndefined();
    expect(hides({ engine: "firefox" })).toEqual({ isToldIpv6: false });
    expect(hides({ engine: "firefox", mdns: false })).toBeUndefined();
    expect(hides({ engine: "chromium" }, ["audio"])).toBeUndefined();
    const dual = { ...topology, routers: { ...topology.routers, phone: { nat: "home", ip: "dual" } } } as const;
    expect(callEndOf(dual, peer(["turn"], { engine: "chromium" })).hidesHosts).toEqual({ isToldIpv6: true });
  });

  it("keeps the peer's policy", () => {
    expect(callEndOf(topology, peer([])).transportPolicy).toBe("all");
    expect(callEndOf(topology, peer([], { transportPolicy: "relay" })).transportPolicy).toBe("relay");
  });
});

import { describe, expect, it } from "vitest";
import { callEndOf } from "./call-end.ts";
import { expectedPath } from "./expected-path.ts";
import type { FirewallSpec } from "./firewall.ts";
import type { NatPresetName } from "./nat-presets.ts";
import type { IceServerRef, IpFamily, Topology, TurnServerSpec } from "./topology.ts";

type Side = { ip: IpFamily; nat?: NatPresetName; firewall?: FirewallSpec; servers?: IceServerRef[] };
const STUN: IceServerRef[] = [{ server: "turn", urls: ["stun"] }];

function outcome(a: Side, b: Side, turn: TurnServerSpec = {}): string {
  const router = ({ ip, nat = "symmetric", firewall }: Side) => ({ nat, ip, ...(firewall ? { firewall } : {}) });
  const topology: Topology = { routers: { a: router(a), b: router(b) }, turnServers: { turn } };
  const ends = [
    callEndOf(topology, { behind: "a", iceServers: a.servers ?? STUN }),
    callEndOf(topology, { behind: "b", iceServers: b.servers ?? STUN }),
  ] as const;
  const [one, other] = [expectedPath(ends[0], ends[1]), expectedPath(ends[1], ends[0])];
  return one === other ? one : `${one} or ${other}`;
}

describe("expectedPath and IPv6", () => {
  it.each<[IpFamily, IpFamily, string]>([
    // Symmetric NATs: whatever connects, connects over IPv6.
    ["dual", "dual", "direct"],
    ["dual", "ipv6", "direct"],
    ["dual", "nat64", "direct"],
    ["ipv6", "ipv6", "direct"],
    ["nat64", "nat64", "direct"],
    ["ipv4", "dual", "none"],
    ["ipv4", "ipv6", "none"],
    ["ipv4", "nat64", "none"],
  ])("%s and %s, STUN only: %s", (a, b, path) => {
    expect(outcome({ ip: a }, { ip: b })).toBe(path);
  });

  it("needs no STUN server over IPv6", () => {
    expect(outcome({ ip: "ipv6", servers: [] }, { ip: "dual", servers: [] })).toBe("direct");
  });

  it("holds the firewall's data over IPv6 too", () => {
    expect(outcome({ ip: "dual", firewall: "udp-blocked" }, { ip: "dual" })).toBe("none");
    expect(outcome({ ip: "ipv6", firewall: "web-only" }, { ip: "ipv6" })).toBe("none");
    expect(outcome({ ip: "ipv6", firewall: "stun-port-blocked" }, { ip: "ipv6" })).toBe("direct");
  });

  it("keeps what IPv4 gives a dual stack", () => {
    expect(outcome({ ip: "dual", nat: "home" }, { ip: "ipv4", nat: "home" })).toBe("direct");
    expect(outcome({ ip: "dual", nat: "symmetric" }, { ip: "ipv4", nat: "home" })).toBe("none");
  });

  it("relays between the families, where both reach the server", () => {
    const servers = ["turn"];
    expect(outcome({ ip: "ipv6", servers }, { ip: "ipv4", servers })).toBe("relayed");
    expect(outcome({ ip: "nat64", servers }, { ip: "ipv4" }, { ip: "ipv4" })).toBe("relayed");
    // IPv6 alone does not reach an IPv4 server, and an IPv4 relay has no permission for an IPv6 peer (RFC 8656, 443).
    expect(outcome({ ip: "ipv6", servers }, { ip: "ipv4" }, { ip: "ipv4" })).toBe("none");
    expect(outcome({ ip: "ipv6" }, { ip: "ipv4", servers })).toBe("none");
  });

  it("does not let a peer behind NAT64 send to an IPv4 candidate, and lets others in where its NAT filters nothing", () => {
    expect(outcome({ ip: "nat64", nat: "home" }, { ip: "ipv4", nat: "home" })).toBe("none");
    expect(outcome({ ip: "nat64", nat: "home" }, { ip: "ipv4", nat: "full-cone" })).toBe("none");
    const open: Side = { ip: "nat64", nat: "full-cone" };
    const home: Side = { ip: "ipv4", nat: "home" };
    expect(outcome(open, home, { ip: "ipv4" })).toBe("direct");
    expect(outcome({ ...open, servers: [] }, home, { ip: "ipv4" })).toBe("none");
    // A server that has IPv6 is asked over that, and NAT64's outside address remains unknown.
    expect(outcome(open, home, { ip: "dual" })).toBe("none");
  });
});

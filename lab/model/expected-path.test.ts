import { describe, expect, it } from "vitest";
import { type CallEnd, expectedPath, getsOut, type IceFlow } from "./expected-path.ts";
import { type FirewallSpec, type Flow, firewallOf } from "./firewall.ts";
import type { EndpointDependence, NatData } from "./nat.ts";
import { NAT_PRESETS, type NatPresetName, type NatSpec, natBehaviour } from "./nat-presets.ts";

const EI = "endpoint-independent";
const AD = "address-dependent";
const APD = "address-and-port-dependent";

const STUN: IceFlow = { server: "turn", use: "stun", protocol: "udp", port: 3478, isTls: false };
const turn = (protocol: "udp" | "tcp", port = 3478, isTls = false): IceFlow => {
  return { server: "turn", use: "turn", protocol, port, isTls, isRelayOpen: true };
};
const ALL = [STUN, turn("udp"), turn("tcp"), turn("tcp", 5349, true)];

type Router = { nat: NatSpec; firewall?: FirewallSpec; name?: string };
const router = ({ nat, firewall, name }: Router, fallback: string) => ({
  name: name ?? fallback,
  behaviour: { ...natBehaviour(nat), firewall: firewallOf(firewall) },
});
let ends = 0;
/** A peer behind these routers, from the innermost outwards; each a router of its own unless it has a name. */
const end = (routers: (Router | NatSpec)[], flows: IceFlow[] = [STUN], changes: Partial<CallEnd> = {}): CallEnd => {
  ends++;
  const isRouter = (one: Router | NatSpec): one is Router => typeof one === "object" && "nat" in one;
  const all = routers.map((one, index) => router(isRouter(one) ? one : { nat: one }, `router-${ends}-${index}`));
  return { routers: all, flows, transportPolicy: "all", ...changes };
};
const nat = (mapping: EndpointDependence, filtering: EndpointDependence, rest: Partial<NatData> = {}): NatData => {
  return { mapping, filtering, ...rest };
};
const PUBLIC: NatSpec[] = [];

/** Both ways round: who offers does not matter. */
function outcomes(a: CallEnd, b: CallEnd): string {
  const [one, other] = [expectedPath(a, b), expectedPath(b, a)];
  return one === other ? one : `${one} or ${other}`;
}

describe("STUN only, between two NATs", () => {
  // The well-known table, for example Cisco's or in RFC 5128 section 3.3; "direct" where hole punching works.
  it.each<[a: NatPresetName, b: NatPresetName, path: string]>([
    ["full-cone", "full-cone", "direct"],
    ["full-cone", "address-restricted", "direct"],
    ["full-cone", "port-restricted", "direct"],
    ["full-cone", "symmetric", "direct"],
    ["address-restricted", "address-restricted", "direct"],
    ["address-restricted", "port-restricted", "direct"],
    ["address-restricted", "symmetric", "direct"],
    ["port-restricted", "port-restricted", "direct"],
    ["port-restricted", "symmetric", "none"],
    ["symmetric", "symmetric", "none"],
    ["cloud-1to1", "symmetric", "direct"],
    ["home", "mobile-carrier", "none"],
    ["home", "cgnat-rfc6888", "direct"],
    ["corporate", "cgnat", "none"],
  ])("%s and %s: %s", (a, b, path) => {
    expect(outcomes(end([a]), end([b]))).toBe(path);
  });

  it("connects whatever lets UDP out to a public peer", () => {
    for (const preset of Object.keys(NAT_PRESETS) as NatPresetName[])
      expect(outcomes(end([preset]), end(PUBLIC)), preset).toBe("direct");
  });

  it("holds filters against each mapping alone: what another mapping sent opens nothing", () => {
    expect(outcomes(end([nat(APD, AD)]), end([nat(APD, AD)]))).toBe("none");
    expect(outcomes(end([nat(AD, AD)]), end(["port-restricted"]))).toBe("none");
    expect(outcomes(end([nat(APD, AD)]), end(["address-restricted"]))).toBe("direct");
  });

  it("lets everybody in to a mapping that filters nothing, however it was mapped", () => {
    expect(outcomes(end([nat(APD, EI)]), end(["symmetric"]))).toBe("direct");
  });

  it("computes each pair of the nine behaviours alike both ways round", () => {
    const words = [EI, AD, APD] as const;
    const all = words.flatMap((mapping) => words.map((filtering) => nat(mapping, filtering)));
    for (const a of all)
      for (const b of all) {
        const isOpen = [a, b].some(({ filtering }) => filtering === EI);
        const restricted = [a, b].some((one) => one.mapping === EI && one.filtering === AD);
        const bothPunch = [a, b].every(({ mapping }) => mapping === EI);
        const path = isOpen || restricted || bothPunch ? "direct" : "none";
        expect(outcomes(end([a]), end([b])), JSON.stringify([a, b])).toBe(path);
      }
  });

  it("connects nothing without STUN, but a NAT to a public peer", () => {
    expect(outcomes(end(["full-cone"], []), end(["full-cone"], []))).toBe("none");
    expect(outcomes(end(["symmetric"], []), end(PUBLIC, []))).toBe("direct");
  });

  it("is enough when one end knows itself and filters nothing", () => {
    expect(outcomes(end(["full-cone"]), end(["symmetric"], []))).toBe("direct");
    expect(outcomes(end(["address-restricted"]), end(["symmetric"], []))).toBe("none");
  });
});

describe("one router around both", () => {
  const carrier = (spec: NatSpec) => ({ nat: spec, name: "carrier" });

  it("is a LAN of one's own", () => {
    expect(outcomes(end([carrier("symmetric")], []), end([carrier("symmetric")], []))).toBe("local");
    const blocked: Router = { nat: "home", firewall: "udp-blocked", name: "office" };
    expect(outcomes(end([blocked]), end([blocked]))).toBe("local");
  });

  it("must hairpin when it is the outermost one", () => {
    expect(outcomes(end(["home", carrier("cgnat-rfc6888")]), end(["home", carrier("cgnat-rfc6888")]))).toBe("direct");
    const without: NatSpec = { preset: "cgnat-rfc6888", hairpinning: false };
    expect(outcomes(end(["home", carrier(without)]), end(["home", carrier(without)]))).toBe("none");
    expect(outcomes(end(["home", carrier(without)], ALL), end(["home", carrier(without)], ALL))).toBe("relayed");
  });

  it("need not hairpin when another around it does", () => {
    const provider = { nat: "full-cone" as const, name: "provider" };
    const behindBoth = () => end(["home", carrier(nat(EI, APD)), provider]);
    expect(outcomes(behindBoth(), behindBoth())).toBe("direct");
    const deaf = { nat: nat(EI, EI), name: "provider" };
    const behindDeaf = () => end(["home", carrier(nat(EI, APD, { hairpinning: true })), deaf]);
    expect(outcomes(behindDeaf(), behindDeaf())).toBe("none");
  });

  it("asks no egress firewall of the router that hairpins: what comes back in has not left by its WAN", () => {
    const walled = { nat: "full-cone" as const, firewall: { allow: ["udp:3478" as const] }, name: "carrier" };
    expect(outcomes(end(["home", walled]), end(["full-cone", walled]))).toBe("direct");
    expect(outcomes(end([walled]), end(["home", walled]))).toBe("direct");
    // Towards anybody else it holds.
    expect(outcomes(end([walled]), end(["symmetric", "symmetric"]))).toBe("direct");
    expect(outcomes(end(["home", { ...walled, nat: "home" }]), end(["full-cone"]))).toBe("none");
    const deaf = { ...walled, nat: nat(EI, EI) };
    expect(outcomes(end(["home", deaf]), end(["full-cone", deaf]))).toBe("none");
  });

  it("asks those of all routers inside of it, shared ones too", () => {
    const provider = { nat: "full-cone" as const, name: "provider" };
    const inner: Router = { nat: "home", firewall: { allow: ["udp:3478"] } };
    const open: Router = { nat: "full-cone" };
    expect(outcomes(end([inner, provider]), end([inner, provider]))).toBe("none");
    expect(outcomes(end([inner, provider]), end([open, provider]))).toBe("none");
    expect(outcomes(end([{ ...inner, nat: "full-cone" }, provider]), end([open, provider]))).toBe("direct");
    const carrier: Router = { nat: nat(EI, APD), firewall: { allow: ["udp:3478"] }, name: "carrier" };
    expect(outcomes(end([open, carrier, provider]), end([open, carrier, provider]))).toBe("none");
  });

  it("lets a router's peer reach a host of the LAN that the router stands on", () => {
    expect(outcomes(end(["symmetric", carrier("cgnat")], []), end([carrier("cgnat")], []))).toBe("direct");
    const office: Router = { nat: "home", firewall: "udp-blocked" };
    expect(outcomes(end([office, carrier("cgnat")]), end([carrier("cgnat")]))).toBe("none");
  });
});

describe("routers behind routers", () => {
  it.each<[stack: NatSpec[], far: NatPresetName, path: string]>([
    [["home", "cgnat"], "home", "none"],
    [["home", "cgnat"], "address-restricted", "direct"],
    [["home", "cgnat-rfc6888"], "home", "direct"],
    [["home", "cgnat-rfc6888"], "symmetric", "none"],
    [["full-cone", "cgnat-rfc6888"], "symmetric", "direct"],
    [["full-cone", "port-restricted"], "symmetric", "none"],
    [["symmetric", "full-cone"], "symmetric", "none"],
    [["symmetric", "full-cone"], "home", "none"],
  ])("%s towards %s: %s", (stack, far, path) => {
    expect(outcomes(end(stack), end([far]))).toBe(path);
  });

  it("has opened those filters that come before the firewall that drops its checks", () => {
    const firewall: FirewallSpec = { allow: ["udp:3478"] };
    const carrier: Router = { nat: "full-cone", firewall };
    expect(outcomes(end(["home", carrier]), end(["home"]))).toBe("direct");
    expect(outcomes(end([{ nat: "home", firewall }, "full-cone"]), end(["home"]))).toBe("none");
    expect(outcomes(end(["home", { ...carrier, nat: "home" }]), end(["home"]))).toBe("none");
    expect(outcomes(end(["symmetric", carrier]), end(["home"]))).toBe("none");
  });

  it("knows that an inner router's many mappings are many at the outer one too", () => {
    // Through the mapping that STUN saw, nothing went to the far peer.
    expect(outcomes(end([nat(APD, EI), nat(EI, AD)]), end([nat(APD, APD)]))).toBe("none");
    expect(outcomes(end([nat(EI, EI), nat(EI, AD)]), end([nat(APD, APD)]))).toBe("direct");
  });
});

describe("relays", () => {
  it("connect whom nothing else does", () => {
    expect(outcomes(end(["symmetric"], ALL), end(["symmetric"], ALL))).toBe("relayed");
    expect(outcomes(end(["home", "cgnat"], ALL), end(["home"], ALL))).toBe("relayed");
  });

  it("are enough at one end, where the other knows an address for a permission", () => {
    expect(outcomes(end(["symmetric"], ALL), end(["symmetric"], [STUN]))).toBe("relayed");
    expect(outcomes(end(["symmetric"], ALL), end(["symmetric"], []))).toBe("none");
    expect(outcomes(end(["symmetric"], ALL), end(["full-cone"], []))).toBe("none");
  });

  it("are not used where a direct path exists", () => {
    expect(outcomes(end(["home"], ALL), end(["home"], ALL))).toBe("direct");
  });

  it("are all there is where a peer's policy says so", () => {
    const relayOnly = (flows: IceFlow[]) => end(["home"], flows, { transportPolicy: "relay" });
    expect(outcomes(relayOnly(ALL), end(["home"], ALL))).toBe("relayed");
    expect(outcomes(relayOnly([STUN]), end(["home"], ALL))).toBe("none");
    expect(outcomes(relayOnly(ALL), relayOnly(ALL))).toBe("relayed");
    expect(outcomes(relayOnly([turn("udp")]), end(["symmetric"], [STUN]))).toBe("relayed");
  });

  it("whose server lets only answers in work as a port-restricted end", () => {
    const closed: IceFlow[] = [STUN, { ...STUN, use: "turn", isRelayOpen: false }];
    expect(outcomes(end(["symmetric"], closed), end(["symmetric"], [STUN]))).toBe("none");
    expect(outcomes(end(["symmetric"], closed), end(["port-restricted"], [STUN]))).toBe("relayed");
    expect(outcomes(end(["symmetric"], closed), end(["symmetric"], closed))).toBe("relayed");
  });
});

describe("a relayed address of the server that STUN was asked of", () => {
  // Nothing but STUN gets out, so that the relay's own check must get in.
  const walled = (filtering: EndpointDependence, mapping: EndpointDependence = EI) =>
    end([{ nat: nat(mapping, filtering), firewall: { allow: ["udp:3478"] } }], [STUN]);
  const relayOf = (server: string): IceFlow => ({ ...turn("tcp"), server }) as IceFlow;

  it("has been sent to as far as a filter by address can tell", () => {
    for (const mapping of [EI, AD, APD] as const)
      expect(outcomes(walled(AD, mapping), end(["symmetric"], [relayOf("turn")]))).toBe("relayed");
    expect(outcomes(walled(APD), end(["symmetric"], [relayOf("turn")]))).toBe("none");
    expect(outcomes(walled(EI), end(["symmetric"], [relayOf("other")]))).toBe("direct");
  });

  it("is what a mapping by address cannot tell from the STUN server, so that both ends have opened", () => {
    const closedRelayOf = (server: string): IceFlow => ({ ...STUN, server, use: "turn", isRelayOpen: false });
    const blocked = (server: string) => end(["symmetric"], [closedRelayOf(server)]);
    expect(outcomes(blocked("turn"), end([nat(AD, APD)]))).toBe("relayed");
    expect(outcomes(blocked("turn"), end([nat(AD, AD)]))).toBe("relayed");
    expect(outcomes(blocked("turn"), end([nat(EI, APD)]))).toBe("relayed");
    expect(outcomes(blocked("turn"), end([nat(APD, APD)]))).toBe("none");
    expect(outcomes(blocked("other"), end([nat(AD, APD)]))).toBe("none");
  });

  it("must be so at every router on the way", () => {
    const blocked = () => end(["symmetric"], [{ ...STUN, use: "turn", isRelayOpen: false }]);
    expect(outcomes(blocked(), end([nat(AD, APD), nat(AD, APD)]))).toBe("relayed");
    expect(outcomes(blocked(), end([nat(AD, APD), nat(EI, APD)]))).toBe("relayed");
    expect(outcomes(blocked(), end([nat(APD, APD), nat(AD, APD)]))).toBe("none");
    expect(outcomes(blocked(), end([nat(AD, APD), nat(APD, APD)]))).toBe("none");
  });

  it("of another server has not", () => {
    expect(outcomes(walled(AD), end(["symmetric"], [relayOf("other")]))).toBe("none");
  });
});

describe("firewalls", () => {
  const behind = (firewall: FirewallSpec, flows: IceFlow[] = ALL) => end([{ nat: "full-cone", firewall }], flows);

  it.each<[firewall: FirewallSpec, flows: IceFlow[], path: string]>([
    ["udp-blocked", [STUN], "none"],
    ["udp-rejected", [STUN, turn("udp")], "none"],
    ["udp-blocked", [turn("tcp")], "relayed"],
    ["web-only", ALL, "none"],
    ["web-only", [turn("tcp", 80)], "relayed"],
    ["tls-443", [turn("tcp", 443)], "none"],
    ["tls-443", [turn("tcp", 443, true)], "relayed"],
    ["proxy-only", [turn("tcp", 443, true)], "relayed"],
    ["proxy-only", [turn("tcp", 443)], "relayed"],
    ["proxy-only", [turn("tcp", 3478), turn("udp")], "none"],
    ["stun-port-blocked", [STUN, turn("udp"), turn("tcp")], "none"],
    ["stun-port-blocked", [turn("tcp", 5349, true)], "relayed"],
  ])("%o, with these servers, to a port-restricted home: as computed", (firewall, flows, path) => {
    expect(outcomes(behind(firewall, flows), end(["home"]))).toBe(path);
  });

  it("never let a call go direct where UDP is blocked, not even to a public peer", () => {
    expect(outcomes(behind("udp-blocked"), end(PUBLIC))).toBe("relayed");
    expect(outcomes(behind("udp-blocked", [STUN]), end(PUBLIC))).toBe("none");
  });

  it("that block STUN's port alone leave the way to a public peer open", () => {
    expect(outcomes(behind("stun-port-blocked", [STUN]), end(PUBLIC))).toBe("direct");
  });

  it("of an outer router count too", () => {
    const inside = end(["home", { nat: "cgnat", firewall: "web-only" }], [turn("udp"), turn("tcp", 443)]);
    expect(outcomes(inside, end(["home"]))).toBe("relayed");
    const proxied = end(
      [
        { nat: "home", firewall: "proxy-only" },
        { nat: "cgnat", firewall: "udp-blocked" },
      ],
      ALL,
    );
    expect(getsOut(proxied, turn("tcp", 443))).toBe(true);
  });

  it("with a proxy send TCP through it alone, and UDP past it", () => {
    const firewall = { proxy: { port: 3128, connectPorts: [443] } };
    const tcp = (port: number): Flow => ({ protocol: "tcp", port, isTls: false });
    expect(getsOut(behind(firewall), tcp(443))).toBe(true);
    expect(getsOut(behind(firewall), tcp(3478))).toBe(false);
    expect(outcomes(behind(firewall, [STUN]), end(["home"]))).toBe("direct");
  });
});

describe("host candidates by mDNS names", () => {
  const hidden = { hidesHosts: { isToldIpv6: false } };

  it("hide a public host, unless STUN tells it its address", () => {
    const caller = end(["symmetric"], [turn("udp")], { transportPolicy: "relay" });
    expect(outcomes(caller, end(PUBLIC, []))).toBe("relayed");
    expect(outcomes(caller, end(PUBLIC, [], hidden))).toBe("none");
    expect(outcomes(caller, end(PUBLIC, [STUN], hidden))).toBe("relayed");
  });

  it("change nothing where the hidden end may send first, or both are on one LAN", () => {
    expect(outcomes(end(["full-cone"]), end(PUBLIC, [], hidden))).toBe("direct");
    // A filter opens for an address that was sent to, and that is not known.
    expect(outcomes(end(["home"]), end(PUBLIC, [], hidden))).toBe("none");
    const lan = { nat: "home", name: "lan" } as const;
    expect(outcomes(end([lan], [], hidden), end([lan], [], hidden))).toBe("local");
  });

  it("are not found on a LAN of IPv6 alone", () => {
    const alone = (changes: Partial<CallEnd>) => end([{ nat: "home", name: "lan" }], [], { ip: "ipv6", ...changes });
    expect(outcomes(alone(hidden), alone(hidden))).toBe("none");
    expect(outcomes(alone(hidden), alone({}))).toBe("local");
    expect(outcomes(alone({ hidesHosts: { isToldIpv6: true } }), alone(hidden))).toBe("local");
  });

  it("are no way in from a router farther inside", () => {
    const outer = { nat: "symmetric", name: "outer" } as const;
    const inside = end([{ nat: "symmetric", name: "inner" }, outer], []);
    expect(outcomes(inside, end([outer], []))).toBe("direct");
    expect(outcomes(inside, end([outer], [], hidden))).toBe("none");
  });

  it("hide IPv6 addresses as well", () => {
    const dual = (changes: Partial<CallEnd>) => end(["symmetric"], [], { ip: "dual", ...changes });
    expect(outcomes(dual({}), dual({}))).toBe("direct");
    expect(outcomes(dual(hidden), dual({}))).toBe("none");
    expect(outcomes(dual({ hidesHosts: { isToldIpv6: true } }), dual({}))).toBe("direct");
  });
});

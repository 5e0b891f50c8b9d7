import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";
import type { Fault } from "./fault.ts";

/** Faults of what networks are made of: NATs, firewalls, wires, families, changes. */

const peer = (behind: string) => ({ behind, iceServers: ["turn"] });

function faultsOf(changes: object): Fault[] {
  const scenario = {
    description: "Two networks.",
    topology: { routers: { home: { nat: "home" } }, turnServers: { turn: {} } },
    peers: { offerer: peer("home"), answerer: peer("internet") },
    load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
    ...changes,
  };
  const result = checkScenario(scenario, "networks");
  return "faults" in result ? result.faults : [];
}

const withRouter = (home: object, others: object = {}) =>
  faultsOf({ topology: { routers: { home: { nat: "home", ...home }, ...others }, turnServers: { turn: {} } } });
const withNat = (nat: unknown) => withRouter({ nat });
const withLink = (link: unknown) => withRouter({ link });
const EI = { mapping: "endpoint-independent", filtering: "endpoint-independent" };
const APD = { mapping: "address-and-port-dependent", filtering: "address-and-port-dependent" };
const text = (part: string) => expect.stringContaining(part) as string;

describe("a NAT that no router can be", () => {
  it.each([0, -1000, 500, 1500, 1000.5, 86_401_000])("is told: a lifetime of %s ms", (mappingLifetimeMs) => {
    expect(withNat({ preset: "home", mappingLifetimeMs })).toEqual([
      {
        place: "topology.routers.home.nat.mappingLifetimeMs",
        expected: text("whole seconds"),
        found: String(mappingLifetimeMs),
        hint: text("RFC 4787"),
      },
    ]);
  });

  it.each([
    ["larger than the ports that there are", 49_153, "at most 49152"],
    ["larger than all ports", 70_000, "at most 49152"],
    ["too large for the hosts inside", 16_385, "at most 16384"],
    ["too small to be proven", 31, "at least 32"],
    ["of no port at all", 0, "at least 32"],
  ])("is told: a block %s", (_what, portsPerSubscriber, expected) => {
    expect(withNat({ preset: "cgnat", portAllocation: { portsPerSubscriber } })).toEqual([
      expect.objectContaining({
        place: "topology.routers.home.nat.portAllocation.portsPerSubscriber",
        expected: text(expected),
        found: String(portsPerSubscriber),
      }),
    ]);
    expect(withNat({ preset: "cgnat", portAllocation: { portsPerSubscriber: 16_384 } })).toEqual([]);
    expect(withNat({ preset: "cgnat", portAllocation: { portsPerSubscriber: 32 } })).toEqual([]);
  });

  it("is told: one address for each host, and ports changed or many mappings all the same", () => {
    const places = (nat: object) => withNat({ preset: "cloud-1to1", ...nat }).map(({ place }) => place);
    expect(places({ portAllocation: "random" })).toEqual(["topology.routers.home.nat.portAllocation"]);
    expect(places({ portAllocation: { portsPerSubscriber: 64 } })).toEqual([
      "topology.routers.home.nat.portAllocation",
    ]);
    expect(places({ mapping: "address-dependent" })).toEqual(["topology.routers.home.nat.mapping"]);
    expect(places({ tcp: { mapping: "address-dependent", filtering: "address-dependent" } })).toEqual([
      "topology.routers.home.nat.tcp.mapping",
    ]);
    expect(places({ filtering: "address-dependent", hairpinning: false })).toEqual([]);
  });

  it("is told: a lifetime where nothing is kept that could end", () => {
    const place = "topology.routers.home.nat";
    const expected = text("one-to-one and filters nothing");
    expect(withNat({ preset: "cloud-1to1", mappingLifetimeMs: 2000, refreshedBy: "outbound" })).toEqual([
      expect.objectContaining({ place: `${place}.mappingLifetimeMs`, expected, found: "2000" }),
      expect.objectContaining({ place: `${place}.refreshedBy`, expected, found: '"outbound"' }),
    ]);
    expect(withNat({ ...EI, addressing: "one-to-one", mappingLifetimeMs: 2000 })).toHaveLength(1);
    expect(withRouter({ nat: "cloud-1to1", proveLifetime: true })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.proveLifetime", expected, found: "true" }),
    ]);
    expect(withRouter({ nat: "cloud-1to1", proveLifetime: false })).toEqual([]);
    const filtered = { preset: "cloud-1to1", filtering: "address-dependent", mappingLifetimeMs: 2000 };
    expect(withRouter({ nat: { ...filtered, refreshedBy: "outbound" }, proveLifetime: true })).toEqual([]);
    expect(withNat({ preset: "home", mappingLifetimeMs: 2000, refreshedBy: "outbound" })).toEqual([]);
  });

  it("is told: preserved ports with a mapping that depends on the destination", () => {
    expect(withNat({ ...APD, portAllocation: "preserving" })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.nat.portAllocation", found: '"preserving"' }),
    ]);
    expect(withNat({ preset: "home", mapping: "address-dependent" })).toHaveLength(1);
    expect(withNat({ ...APD, portAllocation: "sequential" })).toEqual([]);
  });

  it("is told: data without mapping and filtering, and an unknown preset", () => {
    expect(withNat({ hairpinning: true }).map(({ place }) => place)).toEqual([
      "topology.routers.home.nat.mapping",
      "topology.routers.home.nat.filtering",
    ]);
    expect(withNat({ preset: "symetric" })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.nat.preset", hint: 'Did you mean "symmetric"?' }),
    ]);
    expect(withNat({ ...EI, addressing: "one-to-many" })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.nat.addressing", expected: '"shared", "one-to-one"' }),
    ]);
  });

  it("is told: a lifetime to be proven that is too long, or that no UDP shows", () => {
    const place = "topology.routers.home.proveLifetime";
    expect(withRouter({ proveLifetime: true })).toEqual([
      expect.objectContaining({ place, expected: text("at most 60000"), found: "true, with 180000" }),
    ]);
    expect(withRouter({ nat: "mobile-carrier", proveLifetime: true })).toEqual([]);
    expect(withRouter({ nat: { preset: "home", mappingLifetimeMs: 61_000 }, proveLifetime: true })).toHaveLength(1);
    const nat = { preset: "home", mappingLifetimeMs: 3000 };
    expect(withRouter({ nat, proveLifetime: true })).toEqual([]);
    expect(withRouter({ nat, firewall: "udp-blocked", proveLifetime: true })).toEqual([
      expect.objectContaining({ place, expected: text("lets UDP out") }),
    ]);
    for (const ip of ["ipv6", "nat64"])
      expect(withRouter({ nat, ip, proveLifetime: true })).toEqual([
        expect.objectContaining({ place, expected: text("IPv4 inside") }),
      ]);
  });
});

describe("a firewall that cannot be", () => {
  it.each(["web_only", 3])("is told: %s", (firewall) => {
    expect(withRouter({ firewall })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.firewall", expected: text('"open", "udp-blocked"') }),
    ]);
  });

  it.each(["", "icmp", "udp:", "udp:0", "tcp:65536", "tcp:443-80", "UDP:53", "tcp:80,443", "tcp 443"])(
    'is told: the rule "%s"',
    (rule) => {
      expect(withRouter({ firewall: { deny: ["udp:1-2", rule] } })).toEqual([
        expect.objectContaining({ place: "topology.routers.home.firewall.deny[1]", found: `"${rule}"` }),
      ]);
      const servers = { turn: { firewall: [rule] } };
      expect(faultsOf({ topology: { routers: { home: { nat: "home" } }, turnServers: servers } })).toEqual([
        expect.objectContaining({ place: "topology.turnServers.turn.firewall[0]", found: `"${rule}"` }),
      ]);
    },
  );

  it("is told: TLS alone on a port that nothing passes on", () => {
    const place = "topology.routers.home.firewall.tlsOnly[0]";
    expect(withRouter({ firewall: { allow: ["tcp:80"], tlsOnly: [443] } })).toEqual([
      expect.objectContaining({ place, found: "443, which it does not" }),
    ]);
    expect(withRouter({ firewall: { deny: ["tcp"], tlsOnly: [443] } })).toHaveLength(1);
    expect(withRouter({ firewall: { allow: ["tcp:80-500"], tlsOnly: [443] } })).toEqual([]);
  });

  it("is told: a proxy that connects to nothing, or stands where DNS does", () => {
    const proxy = (value: object) => withRouter({ firewall: { allow: [], proxy: value } });
    expect(proxy({ port: 3128, connectPorts: [] })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.firewall.proxy.connectPorts", found: "[]" }),
    ]);
    expect(proxy({ port: 53, connectPorts: [443] })).toHaveLength(1);
    expect(proxy({ port: 3128 })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.firewall.proxy.connectPorts", found: "nothing" }),
    ]);
    expect(proxy({ port: 3128, connectPorts: [443] })).toEqual([]);
  });

  it("is told: an unknown word, and a server that lets nobody in", () => {
    expect(withRouter({ firewall: { refuse: "ignore" } })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.firewall.refuse", expected: '"drop", "reject"' }),
    ]);
    for (const allow of ["none", 3])
      expect(withRouter({ firewall: { allow } })).toEqual([
        expect.objectContaining({ place: "topology.routers.home.firewall.allow", expected: '"all" or a list' }),
      ]);
    expect(
      faultsOf({ topology: { routers: { home: { nat: "home" } }, turnServers: { turn: { firewall: [] } } } }),
    ).toEqual([
      expect.objectContaining({ place: "topology.turnServers.turn.firewall", expected: "at least 1 of them" }),
    ]);
  });
});

describe("a server firewall that hides the whole server", () => {
  const place = "topology.turnServers.turn.firewall";
  const withServer = (turn: object, urls: string[] = ["stun"]) =>
    faultsOf({
      topology: { routers: { home: { nat: "home" } }, turnServers: { turn } },
      peers: { offerer: { behind: "home", iceServers: [{ server: "turn", urls }] }, answerer: peer("internet") },
    });

  it("is told, with the ports that the server listens on", () => {
    expect(withServer({ firewall: ["udp:49152-65535", "tcp:443"] })).toEqual([
      expect.objectContaining({ place, expected: text("udp:3478, tcp:3478, tcp:5349, udp:5349") }),
    ]);
    expect(withServer({ firewall: ["udp"], options: { "no-udp": true } })).toHaveLength(1);
    expect(withServer({ firewall: ["tcp:443"], options: { "aux-server": false } }, ["tls:443"])).toHaveLength(1);
  });

  it("is none where one listener can be asked, be it one that a URL opens", () => {
    expect(withServer({ firewall: ["tcp:5349"] })).toEqual([]);
    expect(withServer({ firewall: ["tcp:443"] }, ["tls:443"])).toEqual([]);
    expect(withServer({ firewall: ["tcp:8443"], options: { "aux-server": "34.77.1.10:8443" } })).toEqual([]);
  });
});

describe("a wire that cannot be", () => {
  it.each([
    [{ loss: 1.1 }, "loss", "a number from 0 to 1"],
    [{ loss: -0.1 }, "loss", "a number from 0 to 1"],
    [{ latencyMs: -1 }, "latencyMs", "from 0 to 10000"],
    [{ up: { latencyMs: -1 } }, "up.latencyMs", "from 0 to 10000"],
    [{ rateKbps: 0 }, "rateKbps", "from 32 to 200000"],
    [{ rateKbps: 31 }, "rateKbps", "from 32 to 200000"],
    [{ rateKbps: 200_001 }, "rateKbps", "from 32 to 200000"],
    [{ rateKbps: 100, queueMs: 0.001 }, "queueMs", "at least 121.12: at 100 kbit/s a full frame takes as long"],
    [{ rateKbps: 1000, queueMs: 40, down: { rateKbps: 256 } }, "down.queueMs", "at least 47.32"],
    [{ rateKbps: 200_000, latencyMs: 3_000 }, "rateKbps", "at most 157377, where"],
    [{ rateKbps: 1000, queueMs: 0 }, "queueMs", "above 0, up to 10000"],
    [{ queueMs: 50 }, "queueMs", "a rateKbps beside it"],
    [{ jitterMs: 5 }, "jitterMs", "at most the latency, which is 0"],
    [{ latencyMs: 20, down: { jitterMs: 21 } }, "down.jitterMs", "at most the latency, which is 20"],
    [{ mtu: 575 }, "mtu", "from 576 to 1500"],
    [{ mtu: 1501 }, "mtu", "from 576 to 1500"],
    [{ mtu: 1400.5 }, "mtu", "a whole number"],
    [{ fragmentationNeeded: false }, "fragmentationNeeded", "an mtu below 1500"],
    [{ up: { mtu: 1400 } }, "up.mtu", "one of latencyMs, jitterMs"],
  ])("is told: %o", (link, key, expected) => {
    expect(withLink(link)).toEqual([
      expect.objectContaining({ place: `topology.routers.home.link.${key}`, expected: text(expected) }),
    ]);
  });

  it.each([
    [{ latencyMs: 10_000, jitterMs: 10_000 }, ""],
    [{ latencyMs: 100, up: { latencyMs: 650, jitterMs: 650 } }, ".up"],
    [{ rateKbps: 100, queueMs: 6_000 }, ""],
    [{ rateKbps: 32, loss: 0.6, mtu: 1400 }, ""],
  ])("is told: conditions that would be measured for longer than a run should wait: %o", (link, at) => {
    expect(withLink(link)).toEqual([
      {
        place: `topology.routers.home.link${at}`,
        expected: "conditions that can be measured within 20 s, one direction",
        found: text(" s: "),
        hint: text("jitterMs"),
      },
    ]);
    expect(faultsOf({ changes: [{ atMs: 10, node: "home", link }] })).toHaveLength(1);
  });

  it("may be as slow, as fast and as far away as can be measured", () => {
    const wires = [
      { rateKbps: 32 },
      { rateKbps: 32, mtu: 1400, loss: 0.1 },
      { rateKbps: 200_000 },
      { rateKbps: 200_000, latencyMs: 2_000 },
      { rateKbps: 100, queueMs: 122 },
      { latencyMs: 10_000 },
      { latencyMs: 500, jitterMs: 500 },
    ];
    for (const link of wires) expect(withLink(link), JSON.stringify(link)).toEqual([]);
  });

  it("is told of peers and servers too", () => {
    const link = { loss: 2 };
    expect(faultsOf({ peers: { offerer: { ...peer("home"), link }, answerer: peer("internet") } })).toEqual([
      expect.objectContaining({ place: "peers.offerer.link.loss" }),
    ]);
    expect(faultsOf({ topology: { routers: { home: { nat: "home" } }, turnServers: { turn: { link } } } })).toEqual([
      expect.objectContaining({ place: "topology.turnServers.turn.link.loss" }),
    ]);
  });

  it("is told: less than IPv6 needs, wherever IPv6 is", () => {
    const link = { mtu: 1279 };
    const topology = { routers: { home: { nat: "home", ip: "dual", link } }, turnServers: { turn: { link } } };
    const peers = { offerer: { ...peer("home"), link }, answerer: peer("internet") };
    expect(faultsOf({ topology, peers }).map(({ place }) => place)).toEqual([
      "topology.routers.home.link.mtu",
      "topology.turnServers.turn.link.mtu",
      "peers.offerer.link.mtu",
    ]);
    expect(withLink({ mtu: 1279 })).toEqual([]);
    expect(withRouter({ ip: "dual", link: { mtu: 1280 } })).toEqual([]);
  });

  it("may lose everything, and be different each way", () => {
    expect(withLink({ loss: 1 })).toEqual([]);
    expect(withLink({ latencyMs: 10, up: { rateKbps: 500 }, down: { jitterMs: 10, loss: 0 } })).toEqual([]);
    expect(withLink({ mtu: 1400, fragmentationNeeded: false })).toEqual([]);
  });
});

describe("a family that cannot be", () => {
  it("is told: IPv6 behind another router, and IPv4 behind one that has none", () => {
    expect(withRouter({ upstream: "carrier", ip: "dual" }, { carrier: { nat: "cgnat" } })).toEqual([
      expect.objectContaining({ place: "topology.routers.home.ip", found: '"dual"' }),
    ]);
    for (const ip of ["ipv6", "nat64"])
      expect(withRouter({ upstream: "carrier" }, { carrier: { nat: "cgnat", ip } })).toEqual([
        expect.objectContaining({ place: "topology.routers.home.upstream", found: `"carrier", whose ip is "${ip}"` }),
      ]);
    expect(withRouter({ upstream: "carrier" }, { carrier: { nat: "cgnat", ip: "dual" } })).toEqual([]);
  });

  it("is told: a word that is none, and IPv6 alone at a server", () => {
    expect(withRouter({ ip: "ipv5" })).toEqual([
      expect.objectContaining({ expected: '"ipv4", "dual", "ipv6", "nat64"' }),
    ]);
    expect(
      faultsOf({ topology: { routers: { home: { nat: "home" } }, turnServers: { turn: { ip: "ipv6" } } } }),
    ).toEqual([expect.objectContaining({ place: "topology.turnServers.turn.ip", expected: '"ipv4", "dual"' })]);
  });
});

describe("a change that cannot be", () => {
  const withChange = (change: unknown) => faultsOf({ changes: [change] });

  it.each([
    [{ atMs: 0, router: "hmoe", forgets: true }, "changes[0].router", 'Did you mean "home"?'],
    [{ atMs: 0, node: "answer", link: { loss: 0.1 } }, "changes[0].node", 'Did you mean "answerer"?'],
  ])("is told: %o", (change, place, hint) => {
    expect(withChange(change)).toEqual([expect.objectContaining({ place, hint })]);
  });

  it.each([
    [{ atMs: 0 }, "changes[0]"],
    [{ atMs: 0, router: "home", forgets: true, node: "turn", link: {} }, "changes[0]"],
    [{ atMs: 0, router: "home" }, "changes[0].forgets"],
    [{ atMs: 0, forgets: true }, "changes[0].router"],
    [{ atMs: 0, node: "home" }, "changes[0].link"],
    [{ atMs: 0, link: { loss: 1 } }, "changes[0].node"],
    [{ atMs: 0, node: "home", link: {}, downMs: 5 }, "changes[0].downMs"],
    [{ atMs: -1, router: "home", forgets: true }, "changes[0].atMs"],
    [{ router: "home", forgets: true }, "changes[0].atMs"],
    [{ atMs: 0, router: "home", forgets: false }, "changes[0].forgets"],
    [{ atMs: 0, node: "home", link: { loss: 3 } }, "changes[0].link.loss"],
    [{ atMs: 0, node: "home", link: { rateKbps: 1 } }, "changes[0].link.rateKbps"],
  ])("is told: %o", (change, place) => {
    expect(withChange(change).map((fault) => fault.place)).toEqual([place]);
  });

  it("may be of a region's wire", () => {
    const topology = { regions: { eu: { latencyMs: 5 } }, routers: { home: { nat: "home", region: "eu" } } };
    const withServer = { ...topology, turnServers: { turn: {} } };
    const changes = [{ atMs: 10, node: "eu", link: { loss: 1 } }];
    expect(faultsOf({ topology: withServer, changes })).toEqual([]);
    expect(faultsOf({ topology: withServer, changes: [{ atMs: 10, node: "us", link: { loss: 1 } }] })).toHaveLength(1);
    const dual = { ...withServer, routers: { home: { ...topology.routers.home, ip: "dual" } } };
    expect(faultsOf({ topology: dual, changes: [{ atMs: 10, node: "eu", link: { mtu: 1_000 } }] })).toMatchObject([
      { place: "changes[0].link.mtu", expected: text("IPv6") },
    ]);
  });

  it("is told: a time when every session has reached its limit", () => {
    // Three iterations of 30,000 ms, and 100 ms of traffic each.
    const change = { router: "home", forgets: true };
    expect(withChange({ ...change, atMs: 90_300 })).toEqual([
      expect.objectContaining({ place: "changes[0].atMs", expected: text("before 90300") }),
    ]);
    expect(withChange({ ...change, atMs: 90_299 })).toEqual([]);
    const load = { executor: "shared-iterations", vus: 2, iterations: 3 };
    expect(faultsOf({ load, changes: [{ ...change, atMs: 60_200 }] })).toHaveLength(1);
    expect(faultsOf({ load, changes: [{ ...change, atMs: 60_199 }] })).toEqual([]);
  });
});

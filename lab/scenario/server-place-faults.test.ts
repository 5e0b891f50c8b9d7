import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";
import type { Fault } from "./fault.ts";

/** Faults of servers behind routers, of the addresses and names that nodes are given, and of forwarded ports. */

type Specs = Record<string, object>;
const RELAY = ["udp:3478", "udp:49152-65535"];
const cloud = { nat: "cloud-1to1", lan: "10.128.0.0/24" };
const office = { nat: "home", forwards: [{ to: "turn", ports: RELAY }] };

function faultsOf(routers: Specs, turnServers: Specs, behind = "internet"): Fault[] {
  const peer = { behind, iceServers: Object.keys(turnServers) };
  const scenario = {
    description: "Servers behind routers.",
    topology: { routers, turnServers },
    peers: { offerer: peer, answerer: peer },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const result = checkScenario(scenario, "places");
  return "faults" in result ? result.faults : [];
}
const text = (part: string) => expect.stringContaining(part) as string;

describe("a server behind a router", () => {
  it.each<[string, Specs, Specs, string?]>([
    ["behind a one-to-one router", { cloud }, { turn: { behind: "cloud", privateAddress: "10.128.0.12" } }],
    [
      "two of them, with firewalls",
      { cloud },
      { a: { behind: "cloud", publicAddress: "34.1.2.3", firewall: RELAY }, b: { behind: "cloud" } },
    ],
    ["behind a router that forwards", { office }, { turn: { behind: "office", publicAddress: "34.1.2.3" } }],
    [
      "both say the address",
      { office: { ...office, publicAddress: "34.1.2.3" } },
      { turn: { behind: "office", publicAddress: "34.1.2.3" } },
    ],
    [
      "two behind one address, on ports of their own",
      { office: { nat: "home", forwards: [...office.forwards, { to: "tls", ports: ["tcp:5349"] }] } },
      { turn: { behind: "office" }, tls: { behind: "office" } },
    ],
    [
      "behind a router behind a carrier",
      {
        carrier: { nat: "cgnat", forwards: [{ to: "office", ports: RELAY }] },
        office: { ...office, upstream: "carrier", nat: "port-restricted" },
      },
      { turn: { behind: "office" } },
    ],
    [
      "beside peers that are forwarded to",
      { office: { ...office, forwards: [...office.forwards, { to: "offerer", ports: ["udp:5000"] }] } },
      { turn: { behind: "office" } },
      "office",
    ],
    ["with IPv6 elsewhere", { office, six: { nat: "home", ip: "dual" } }, { turn: { behind: "office" } }],
    ["on the default LAN", { office }, { turn: { behind: "office", privateAddress: "192.168.1.77" } }],
  ])("is right: %s", (_what, routers, servers, behind) => {
    expect(faultsOf(routers, servers, behind)).toEqual([]);
  });

  const server = (turn: object, routers: Specs = { cloud }) =>
    faultsOf(routers, { turn: { behind: "cloud", ...turn } });
  const at = (key: string) => `topology.turnServers.turn.${key}`;

  it.each<[string, () => Fault[], object]>([
    [
      "behind nothing",
      () => server({ behind: "clod" }),
      { place: at("behind"), expected: 'a router (cloud) or "internet"', hint: 'Did you mean "cloud"?' },
    ],
    ["no router at all", () => server({}, {}), { place: at("behind"), expected: 'a router or "internet"' }],
    ["with IPv6", () => server({ ip: "dual" }), { place: at("ip"), found: '"dual"' }],
    [
      "where there is no IPv4",
      () => server({}, { cloud: { nat: "home", ip: "ipv6" } }),
      { place: at("behind"), found: text('whose ip is "ipv6"') },
    ],
    [
      "behind a cloud that filters",
      () => server({}, { cloud: { nat: { preset: "cloud-1to1", filtering: "address-dependent" } } }),
      { place: at("behind"), found: text('"address-dependent" and "endpoint-independent"'), hint: text("firewall") },
    ],
    [
      "behind a cloud that is not on the internet",
      () => server({}, { office: { nat: "home" }, cloud: { ...cloud, upstream: "office" } }),
      { place: at("behind"), found: text('with upstream "office"') },
    ],
    [
      "behind a router behind a cloud",
      () => faultsOf({ cloud, office: { ...office, upstream: "cloud" } }, { turn: { behind: "office" } }),
      { place: at("behind"), found: '"office", behind "cloud"' },
    ],
    [
      "with a cloud firewall behind an office's router",
      () => faultsOf({ office }, { turn: { behind: "office", firewall: RELAY } }),
      { place: at("firewall"), hint: "Say in topology.routers.office.forwards what comes in." },
    ],
    [
      "no address on the LAN",
      () => server({ privateAddress: "10.129.0.20" }),
      { place: at("privateAddress"), hint: text("The LAN is 10.128.0.0/24") },
    ],
    [
      "no address",
      () => server({ privateAddress: "10.128.0.300" }),
      { place: at("privateAddress"), expected: "an address on the LAN of cloud" },
    ],
    [
      "the router's address",
      () => server({ privateAddress: "10.128.0.1" }),
      { place: at("privateAddress"), expected: text("10.128.0.10 to 10.128.0.250") },
    ],
    ["the probe's address", () => server({ privateAddress: "10.128.0.254" }), { place: at("privateAddress") }],
    [
      "an address that is taken",
      () =>
        faultsOf(
          { cloud },
          {
            turn: { behind: "cloud", privateAddress: "10.128.0.20" },
            b: { behind: "cloud", privateAddress: "10.128.0.20" },
          },
        ),
      { place: "topology.turnServers.b.privateAddress", found: '"10.128.0.20", which turn has' },
    ],
    [
      "a private address on the internet",
      () => server({ behind: "internet", privateAddress: "10.128.0.20" }),
      { place: at("privateAddress"), hint: text("behind which router") },
    ],
    [
      "reached by nobody",
      () => faultsOf({ office: { nat: "home" } }, { turn: { behind: "office" } }),
      {
        place: "topology.routers.office.forwards",
        expected: text('udp:3478, tcp:3478, tcp:5349, udp:5349, to "turn"'),
        found: 'nothing to "turn"',
      },
    ],
    [
      "reached at its relays alone",
      () =>
        faultsOf(
          { office: { nat: "home", forwards: [{ to: "turn", ports: ["udp:49152-65535"] }] } },
          { turn: { behind: "office" } },
        ),
      { place: "topology.routers.office.forwards", found: '["udp:49152-65535"]' },
    ],
    [
      "cut off further out",
      () =>
        faultsOf(
          {
            carrier: { nat: "cgnat", forwards: [{ to: "office", ports: ["tcp:3478"] }] },
            office: { ...office, upstream: "carrier" },
          },
          { turn: { behind: "office" } },
        ),
      { place: "topology.routers.carrier.forwards", expected: text('udp:3478, to "office"') },
    ],
  ])("is told, and it alone: %s", (_what, faults, fault) => {
    expect(faults()).toEqual([expect.objectContaining(fault)]);
  });
});

describe("public addresses and LANs", () => {
  const place = "topology.routers.office";
  it.each<[string, () => Fault[], object]>([
    [
      "two nodes with one address",
      () => faultsOf({ office: { nat: "home", publicAddress: "34.1.2.3" } }, { turn: { publicAddress: "34.1.2.3" } }),
      { place: "topology.turnServers.turn.publicAddress", found: "34.1.2.3, which office has" },
    ],
    [
      "a server that is not where its router is",
      () =>
        faultsOf(
          { office: { ...office, publicAddress: "34.1.2.3" } },
          { turn: { behind: "office", publicAddress: "34.1.2.4" } },
        ),
      {
        place: "topology.turnServers.turn.publicAddress",
        expected: text("34.1.2.3, which office has"),
        found: "34.1.2.4",
      },
    ],
    [
      "a private one of a router",
      () => faultsOf({ office: { nat: "home", publicAddress: "10.1.2.3" } }, {}),
      { place: `${place}.publicAddress`, found: text("private (RFC 1918)") },
    ],
    [
      "one of a router behind another",
      () =>
        faultsOf({ home: { nat: "home" }, office: { nat: "home", upstream: "home", publicAddress: "34.1.2.3" } }, {}),
      { place: `${place}.publicAddress`, found: text('upstream "home"') },
    ],
    [
      "one of a one-to-one router",
      () => faultsOf({ office: { ...cloud, publicAddress: "34.1.2.3" } }, {}),
      { place: `${place}.publicAddress`, hint: text("server behind it") },
    ],
    [
      "one of a router without IPv4",
      () => faultsOf({ office: { nat: "home", ip: "ipv6", publicAddress: "34.1.2.3" } }, {}),
      { place: `${place}.publicAddress` },
    ],
    [
      "a LAN of public addresses",
      () => faultsOf({ office: { nat: "home", lan: "34.1.2.0/24" } }, {}),
      { place: `${place}.lan`, expected: text("private IPv4 /24") },
    ],
    [
      "a LAN of another size",
      () => faultsOf({ office: { nat: "home", lan: "10.128.0.0/20" } }, {}),
      { place: `${place}.lan`, found: '"10.128.0.0/20"' },
    ],
    [
      "a LAN where a host is meant",
      () => faultsOf({ office: { nat: "home", lan: "10.128.0.2/24" } }, {}),
      { place: `${place}.lan` },
    ],
    [
      "a LAN without IPv4",
      () => faultsOf({ office: { nat: "home", ip: "nat64", lan: "10.1.0.0/24" } }, {}),
      { place: `${place}.lan`, expected: text('ip is "nat64"') },
    ],
    [
      "a LAN that is also outside",
      () => faultsOf({ home: { nat: "home" }, office: { nat: "home", upstream: "home", lan: "192.168.1.0/24" } }, {}),
      { place: `${place}.lan`, found: "192.168.1.0/24, which home has inside" },
    ],
  ])("are told: %s", (_what, faults, fault) => {
    expect(faults()).toEqual([expect.objectContaining(fault)]);
  });
});

describe("forwarded ports", () => {
  const forwards = (...list: [to: string, ...ports: string[]][]) =>
    faultsOf(
      { office: { nat: "home", forwards: list.map(([to, ...ports]) => ({ to, ports })) }, other: { nat: "home" } },
      { turn: { behind: "office" }, second: {} },
      "office",
    );
  const own = ["turn", "udp:3478"] as [string, string];
  const withNat = (nat: unknown, ...ports: string[]) =>
    faultsOf({ office: { nat, forwards: [{ to: "offerer", ports }] } }, {}, "office");
  const place = "topology.routers.office.forwards";

  it.each<[string, () => Fault[], object]>([
    [
      "to nobody",
      () => forwards(own, ["offeror", "udp:5000"]),
      {
        place: `${place}[1].to`,
        expected: "a node on the LAN of office (turn, offerer, answerer)",
        hint: 'Did you mean "offerer"?',
      },
    ],
    [
      "to somebody elsewhere",
      () => forwards(own, ["second", "udp:5000"]),
      { place: `${place}[1].to`, found: '"second", which stands elsewhere' },
    ],
    ["that are none", () => forwards(own, ["offerer", "udp:0"]), { place: `${place}[1].ports[0]`, found: '"udp:0"' }],
    ["that are all", () => forwards(own, ["offerer", "tcp"]), { place: `${place}[1].ports[0]`, found: '"tcp"' }],
    [
      "that lead to two nodes",
      () => forwards(["turn", "udp:3000-4000"], ["offerer", "tcp:3478", "udp:3999-5000"]),
      { place: `${place}[1].ports[1]`, found: 'udp:3999-4000, which "turn" has' },
    ],
    ["that leave none for others", () => withNat("home", "udp:1024-60000"), { place, found: "5535" }],
    [
      "that leave none in a row",
      () => withNat("corporate", "tcp:16384-65000"),
      { place, expected: text("4096 ports in a row") },
    ],
    [
      "that are somebody's block",
      () => withNat({ preset: "cgnat", portAllocation: { portsPerSubscriber: 64 } }, "udp:16400"),
      { place, expected: text("16384 to 16639"), found: "16400-16400" },
    ],
    ["of a one-to-one router", () => withNat("cloud-1to1", "udp:5000"), { place, hint: text("firewall") }],
    [
      "without IPv4",
      () =>
        faultsOf(
          { office: { nat: "home", ip: "nat64", forwards: [{ to: "offerer", ports: ["udp:5000"] }] } },
          {},
          "office",
        ),
      { place, hint: text("IPv4 alone") },
    ],
    [
      "to a router that gives each host an address",
      () =>
        faultsOf(
          {
            office: { nat: "home", forwards: [{ to: "cloud", ports: ["udp:5000"] }] },
            cloud: { ...cloud, upstream: "office" },
          },
          {},
        ),
      { place: `${place}[0].to`, found: '"cloud"' },
    ],
  ])("are told: %s", (_what, faults, fault) => {
    expect(faults()).toEqual([expect.objectContaining(fault)]);
  });

  it("may lead to one node by two rules, and to two by two protocols", () => {
    expect(forwards(["turn", "udp:3000-4000", "udp:3478"], ["offerer", "tcp:3478"])).toEqual([]);
  });
});

describe("aliases", () => {
  it.each<[string, Specs, object]>([
    [
      "no DNS name",
      { turn: { aliases: ["turn_1"] } },
      { place: "topology.turnServers.turn.aliases[0]", expected: text("DNS name") },
    ],
    ["an address", { turn: { aliases: ["34.1.2.3"] } }, { place: "topology.turnServers.turn.aliases[0]" }],
    [
      "used twice",
      { turn: { aliases: ["a.test", "A.test"] } },
      { place: "topology.turnServers.turn.aliases[1]", found: '"A.test", which turn has' },
    ],
    [
      "another's hostname",
      { turn: { hostname: "a.test" }, b: { aliases: ["A.TEST"] } },
      { place: "topology.turnServers.b.aliases[0]", found: '"A.TEST", which turn has' },
    ],
    [
      "another's default",
      { turn: { aliases: ["b.lab.test"] }, b: {} },
      { place: "topology.turnServers.turn.aliases[0]", found: text("which b has by default") },
    ],
  ])("are told: %s", (_what, servers, fault) => {
    expect(faultsOf({}, servers)).toEqual([expect.objectContaining(fault)]);
  });

  it("may be in capitals", () => {
    expect(faultsOf({}, { turn: { aliases: ["TURN.Example.org", "stun.example.org"] } })).toEqual([]);
  });
});

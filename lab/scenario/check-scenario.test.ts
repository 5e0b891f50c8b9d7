import { describe, expect, it } from "vitest";
import type { Scenario } from "../model/scenario.ts";
import { checkScenario } from "./check-scenario.ts";
import { defineScenario } from "./define-scenario.ts";
import type { Fault } from "./fault.ts";

const good = defineScenario({
  description: "Mobile caller behind a carrier NAT, home callee: only TURN can connect them.",
  tags: ["smoke"],
  topology: {
    routers: {
      carrier: { nat: "cgnat" },
      phone: { nat: "home", upstream: "carrier" },
      office: {
        nat: { mapping: "endpoint-independent", filtering: "address-dependent", mappingLifetimeMs: 5000 },
        firewall: { deny: ["tcp:25"], refuse: "reject", tlsOnly: [443] },
        link: { latencyMs: 20, jitterMs: 5, up: { rateKbps: 1000, queueMs: 100 }, mtu: 1400 },
        proveLifetime: true,
      },
      block: { nat: { preset: "cgnat-rfc6888", portAllocation: { portsPerSubscriber: 64 }, refreshedBy: "outbound" } },
    },
    turnServers: {
      turn: {
        publicAddress: "34.1.2.3",
        firewall: ["udp", "tcp:80-443"],
        hostname: "turn.example.org",
        realm: "example.org",
        credential: { username: "user", password: "secret" },
        options: {
          "total-quota": 10,
          "no-tcp": true,
          "denied-peer-ip": ["10.0.0.0-10.255.255.255"],
          fingerprint: false,
        },
      },
    },
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["turn"] },
    answerer: {
      behind: "internet",
      iceServers: [{ server: "turn", urls: ["stun", "udp", "tcp", "tls:443"] }],
      transportPolicy: "relay",
    },
  },
  load: { executor: "shared-iterations", vus: 4, iterations: 8 },
  traffic: { messageBytes: 200, messagesPerSecond: 0.5, durationMs: 100 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "udp" },
  thresholds: { connect_time: ["p(95)<5000", "max < 20000"], dropped_sessions: ["count==0"] },
  sessionTimeoutMs: 30_000,
  changes: [
    { atMs: 500, router: "phone", forgets: true, downMs: 200 },
    { atMs: 700, node: "answerer", link: { loss: 0.02 } },
  ],
  exclusive: true,
});

/** The good scenario with the value at a path replaced, or taken away when it is undefined. */
function withValue(path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(good);
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at = copy as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

function faultsOf(value: unknown, name = "good"): Fault[] {
  const result = checkScenario(value, name);
  return "faults" in result ? result.faults : [];
}

const router = (spec: object) => ({ carrier: { nat: "cgnat" }, phone: { nat: "home", upstream: "carrier" }, ...spec });

const manyRouters = (count: number) =>
  router(Object.fromEntries(Array.from({ length: count - 2 }, (_, index) => [`home-${index}`, { nat: "home" }])));
const { expectedTransport: _, ...withoutTransport } = good;

describe("a legal scenario", () => {
  it("comes back as it is", () => {
    expect(checkScenario(good, "good")).toEqual({ scenario: good });
  });

  it("needs only a description, a topology, two peers and a load", () => {
    const peer = { behind: "internet", iceServers: [] };
    const load = { executor: "per-vu-iterations", vus: 1, iterations: 1 } as const;
    const small: Scenario = {
      description: "Two public hosts.",
      topology: {},
      peers: { offerer: peer, answerer: peer },
      load,
    };
    expect(faultsOf(small)).toEqual([]);
  });

  const words = ["endpoint-independent", "address-dependent", "address-and-port-dependent"] as const;

  it.each(words.flatMap((mapping) => words.map((filtering) => [mapping, filtering])))(
    "may have a router with %s mapping and %s filtering",
    (mapping, filtering) => {
      expect(
        faultsOf(withValue("topology.routers.office.nat", { mapping, filtering, mappingLifetimeMs: 1000 })),
      ).toEqual([]);
    },
  );

  it.each(["open", "udp-blocked", "udp-rejected", "web-only", "tls-443", "proxy-only", "stun-port-blocked"])(
    "may have the firewall %s",
    (firewall) => {
      expect(faultsOf(withValue("topology.routers.phone.firewall", firewall))).toEqual([]);
    },
  );

  it.each(["dual", "ipv6", "nat64"])("may have %s inside of a router", (ip) => {
    expect(faultsOf(withValue("topology.routers.block.ip", ip))).toEqual([]);
  });

  it("may have three routers above each other", () => {
    const routers = router({ room: { nat: "home", upstream: "phone" } });
    expect(faultsOf(withValue("topology.routers", routers))).toEqual([]);
  });

  it("may expect no connection and name the failure", () => {
    const thresholds = { gather_time: ["max<6000"], session_success: ["rate==0"] };
    const failure = { expectedPath: "none", expectedFailure: "turn_unauthorized", thresholds };
    expect(faultsOf({ ...withoutTransport, ...failure })).toEqual([]);
  });

  it("may expect a local path behind one router", () => {
    const behind = (role: "offerer" | "answerer") => ({ ...good.peers[role], behind: "phone" });
    const peers = { offerer: behind("offerer"), answerer: behind("answerer") };
    expect(faultsOf({ ...withoutTransport, expectedPath: "local", peers })).toEqual([]);
  });

  it("may have 60 routers, and traffic up to its limits", () => {
    expect(faultsOf(withValue("topology.routers", manyRouters(60)))).toEqual([]);
    expect(faultsOf(withValue("traffic.messagesPerSecond", 10_000))).toEqual([]);
    expect(faultsOf(withValue("traffic.durationMs", 3_600_000))).toEqual([]);
  });

  it("may expect a transport without a path", () => {
    const { expectedPath: _, ...rest } = good;
    expect(faultsOf(rest)).toEqual([]);
  });

  it.each(["udp", "tcp", "tls", { answerer: "tls" }, { offerer: "udp", answerer: "tcp" }])(
    "may expect the transport %o",
    (transport) => {
      expect(faultsOf(withValue("expectedTransport", transport))).toEqual([]);
    },
  );

  it("looks for a transport in an application's own entries, too", () => {
    const entry = (...urls: string[]) => {
      const answerer = { behind: "internet", iceServers: [{ urls, username: "user", credential: "password" }] };
      return Object.assign(withValue("peers.answerer", answerer) as object, { expectedTransport: { answerer: "tls" } });
    };
    expect(faultsOf(entry("stun:turn.example.org", "turns:turn.example.org:5349?transport=tcp"))).toEqual([]);
    expect(faultsOf(entry("stun:turn.example.org", "turn:turn.example.org:3478?transport=tcp"))).toMatchObject([
      { place: "expectedTransport.answerer", found: '"tls"' },
    ]);
  });

  it("may have two servers with a hostname each, or by default", () => {
    expect(faultsOf(withValue("topology.turnServers.second", {}))).toEqual([]);
    expect(faultsOf(withValue("topology.turnServers.second", { hostname: "turn2.example.org" }))).toEqual([]);
  });

  it.each(["8.8.8.8", "34.1.2.3", "100.63.255.255", "100.128.0.1", "172.32.0.1", "198.20.0.1", "223.255.255.254"])(
    "may have a server at %s",
    (address) => {
      expect(faultsOf(withValue("topology.turnServers.turn.publicAddress", address))).toEqual([]);
    },
  );
});

describe("one fault", () => {
  type Case = [what: string, path: string, value: unknown, fault: Partial<Fault>];

  it.each<Case>([
    ["an unknown key", "tag", ["x"], { place: "tag", found: 'the key "tag"', hint: 'Did you mean "tags"?' }],
    [
      "an unknown key deep inside",
      "topology.turnServers.turn.publicAdress",
      "1.1.1.1",
      { hint: 'Did you mean "publicAddress"?' },
    ],
    [
      "an unknown key in a NAT",
      "topology.routers.office.nat.hairpining",
      true,
      { place: "topology.routers.office.nat.hairpining", hint: 'Did you mean "hairpinning"?' },
    ],
    [
      "an unknown key in an ICE server",
      "peers.answerer.iceServers.0.url",
      "x",
      { place: "peers.answerer.iceServers[0].url", hint: 'Did you mean "urls"?' },
    ],
    [
      "a missing key",
      "peers.answerer",
      undefined,
      { place: "peers.answerer", expected: "an object", found: "nothing" },
    ],
    ["a wrong type", "tags", "smoke", { place: "tags", expected: "a list", found: '"smoke"' }],
    ["no description", "description", "", { place: "description", expected: "some text" }],
    [
      "an unknown preset",
      "topology.routers.phone.nat",
      "hoem",
      {
        place: "topology.routers.phone.nat",
        expected: expect.stringContaining('"full-cone", "address-restricted"') as string,
        hint: 'Did you mean "home"?',
      },
    ],
    [
      "a NAT that is neither a name nor data",
      "topology.routers.phone.nat",
      3,
      {
        expected: expect.stringMatching(/"full-cone".* or an object of preset, mapping, filtering, tcp/) as string,
      },
    ],
    [
      "an unknown filtering",
      "topology.routers.office.nat.filtering",
      "open",
      { place: "topology.routers.office.nat.filtering" },
    ],
    [
      "a NAT without filtering, and without a preset to take it from",
      "topology.routers.office.nat.filtering",
      undefined,
      {
        place: "topology.routers.office.nat.filtering",
        found: "nothing",
        hint: expect.stringContaining("preset") as string,
      },
    ],
    [
      "an unknown upstream",
      "topology.routers.phone.upstream",
      "carier",
      {
        place: "topology.routers.phone.upstream",
        expected: "another router (carrier, office, block)",
        hint: 'Did you mean "carrier"?',
      },
    ],
    [
      "the internet as upstream",
      "topology.routers.phone.upstream",
      "internet",
      { hint: "Leave upstream out: the internet is the default." },
    ],
    ["itself as upstream", "topology.routers.phone.upstream", "phone", { found: '"phone", the router itself' }],
    [
      "upstreams in a circle",
      "topology.routers.carrier",
      { nat: "cgnat", upstream: "phone" },
      { expected: "a way up to the internet", found: "a circle: carrier → phone → carrier" },
    ],
    [
      "a router's name in capitals",
      "topology.routers.Home",
      { nat: "home" },
      { place: "topology.routers.Home", found: '"Home"' },
    ],
    [
      "a server's name of 32 characters",
      `topology.turnServers.a${"b".repeat(31)}`,
      {},
      { found: `"a${"b".repeat(31)}"` },
    ],
    ...["internet", "core", "fabric", "observer", "offerer", "answerer"].map(
      (name): Case => [
        `the lab's own name ${name}`,
        `topology.routers.${name}`,
        { nat: "home" },
        { place: `topology.routers.${name}`, found: `"${name}"` },
      ],
    ),
    [
      "one name for two nodes",
      "topology.turnServers.phone",
      {},
      { place: "topology.turnServers.phone", found: '"phone", which is also topology.routers.phone' },
    ],
    [
      "an address that is taken",
      "topology.turnServers.second",
      { publicAddress: "34.1.2.3" },
      { place: "topology.turnServers.second.publicAddress", found: "34.1.2.3, which turn has" },
    ],
    [
      "a hostname that is taken",
      "topology.turnServers.second",
      { hostname: "TURN.example.org" },
      {
        place: "topology.turnServers.second.hostname",
        expected: "a hostname of its own",
        found: '"TURN.example.org", which turn has',
      },
    ],
    [
      "a hostname that is another's default",
      "topology.turnServers",
      { turn: { hostname: "second.lab.test" }, second: {} },
      {
        place: "topology.turnServers.turn.hostname",
        found: '"second.lab.test", which second has by default',
      },
    ],
    [
      "an option without a value",
      "topology.turnServers.turn.options.realm",
      null,
      { place: "topology.turnServers.turn.options.realm", found: "null" },
    ],
    [
      "an unknown place",
      "peers.offerer.behind",
      "phoen",
      {
        place: "peers.offerer.behind",
        expected: 'a router (carrier, phone, office, block) or "internet"',
        found: '"phoen"',
        hint: 'Did you mean "phone"?',
      },
    ],
    [
      "an unknown ICE server",
      "peers.offerer.iceServers",
      ["trun"],
      {
        place: "peers.offerer.iceServers[0]",
        expected: "one of topology.turnServers (turn)",
        hint: 'Did you mean "turn"?',
      },
    ],
    [
      "an unknown ICE server with kinds",
      "peers.answerer.iceServers.0.server",
      "stun",
      { place: "peers.answerer.iceServers[0].server" },
    ],
    [
      "an unknown kind of URL",
      "peers.answerer.iceServers.0.urls",
      ["dtls"],
      {
        place: "peers.answerer.iceServers[0].urls[0]",
        expected: '"stun", "udp", "tcp", "tls", or a transport with a port, such as "tls:443"',
        hint: 'Did you mean "tls"?',
      },
    ],
    [
      "no kind of URL",
      "peers.answerer.iceServers.0.urls",
      [],
      { place: "peers.answerer.iceServers[0].urls", expected: "at least 1 of them" },
    ],
    ["an unknown transport policy", "peers.offerer.transportPolicy", "relays", { hint: 'Did you mean "relay"?' }],
    [
      "an unknown executor",
      "load.executor",
      "shared-iteration",
      { place: "load.executor", hint: 'Did you mean "shared-iterations"?' },
    ],
    ["no VU", "load.vus", 0, { place: "load.vus", expected: "a number from 1 to 10000", found: "0" }],
    ["half an iteration", "load.iterations", 8.5, { place: "load.iterations", expected: "a whole number" }],
    [
      "fewer iterations than VUs that share them",
      "load.iterations",
      3,
      { place: "load.iterations", expected: "at least one for each of the 4 VUs that share them" },
    ],
    [
      "too many sessions",
      "load",
      { executor: "per-vu-iterations", vus: 101, iterations: 100 },
      { place: "load", expected: "at most 10000 sessions", found: "101 × 100 = 10100" },
    ],
    [
      "messages too small to number",
      "traffic.messageBytes",
      15,
      { place: "traffic.messageBytes", expected: "a number from 16 to 60000" },
    ],
    [
      "messages too large for SCTP",
      "traffic.messageBytes",
      60_001,
      { place: "traffic.messageBytes", expected: "a number from 16 to 60000" },
    ],
    [
      "no messages",
      "traffic.messagesPerSecond",
      0,
      { place: "traffic.messagesPerSecond", expected: "a number above 0, up to 10000" },
    ],
    ["no time to send", "traffic.durationMs", -1, { place: "traffic.durationMs" }],
    [
      "more messages than a peer can send",
      "traffic.messagesPerSecond",
      10_001,
      { place: "traffic.messagesPerSecond", expected: "a number above 0, up to 10000" },
    ],
    [
      "more than an hour of traffic",
      "traffic.durationMs",
      3_600_001,
      { place: "traffic.durationMs", expected: "a number above 0, up to 3600000" },
    ],
    [
      "too many routers",
      "topology.routers",
      manyRouters(61),
      { place: "topology.routers", expected: "at most 60 routers", found: "61" },
    ],
    ...["log-file", "syslog", "no-stdout-log", "daemon", "pidfile"].map(
      (key): Case => [
        `the option ${key}, with which the lab sees nothing`,
        `topology.turnServers.turn.options.${key}`,
        "x",
        {
          place: `topology.turnServers.turn.options.${key}`,
          expected: `no ${key}: the lab sets it`,
          hint: expect.stringContaining("server") as string,
        },
      ],
    ),
    ["time without end", "traffic.durationMs", Number.POSITIVE_INFINITY, { place: "traffic.durationMs" }],
    ["an unknown path", "expectedPath", "relay", { hint: 'Did you mean "relayed"?' }],
    [
      "a transport on a direct path",
      "expectedPath",
      "direct",
      { place: "expectedTransport", found: 'expectedPath "direct"' },
    ],
    [
      "an unknown transport",
      "expectedTransport",
      "tpc",
      { place: "expectedTransport", expected: '"udp", "tcp", "tls"', found: '"tpc"', hint: 'Did you mean "tcp"?' },
    ],
    [
      "an unknown transport of one end",
      "expectedTransport",
      { offerer: "upd", answerer: "tls" },
      { place: "expectedTransport.offerer", expected: '"udp", "tcp", "tls"', hint: 'Did you mean "udp"?' },
    ],
    [
      "a transport of neither end",
      "expectedTransport",
      { offer: "udp" },
      {
        place: "expectedTransport.offer",
        expected: "one of offerer, answerer",
        found: 'the key "offer"',
        hint: 'Did you mean "offerer"?',
      },
    ],
    [
      "a transport that is neither a word nor data",
      "expectedTransport",
      3478,
      { expected: '"udp", "tcp", "tls" or an object of offerer, answerer', found: "3478" },
    ],
    [
      "a list of transports",
      "expectedTransport",
      ["udp"],
      { expected: '"udp", "tcp", "tls" or an object of offerer, answerer', found: '["udp"]' },
    ],
    [
      "a failure where a connection is expected",
      "expectedFailure",
      "ice_failed",
      { place: "expectedFailure", found: '"ice_failed"' },
    ],
    [
      "a transport that neither peer can use",
      "peers",
      { offerer: { behind: "phone", iceServers: [] }, answerer: good.peers.answerer },
      {
        place: "expectedTransport.offerer",
        expected: "a transport of which peers.offerer.iceServers has a TURN URL",
        found: '"udp"',
      },
    ],
    [
      "an unknown metric",
      "thresholds.conect_time",
      ["max<5"],
      { place: "thresholds.conect_time", hint: 'Did you mean "connect_time"?' },
    ],
    [
      "a threshold without an operator",
      "thresholds.connect_time",
      ["p(95) 5000"],
      { place: "thresholds.connect_time[0]", found: '"p(95) 5000"' },
    ],
    [
      "a rate of a trend",
      "thresholds.connect_time",
      ["max<9", "rate>1"],
      {
        place: "thresholds.connect_time[1]",
        expected: "a threshold of a trend: avg, min, max, med, p(N), an operator, a number",
      },
    ],
    ["an empty list of thresholds", "thresholds.connect_time", [], { place: "thresholds.connect_time" }],
    [
      "too short a time limit",
      "sessionTimeoutMs",
      999,
      { place: "sessionTimeoutMs", expected: "a number from 1000 to 600000" },
    ],
    [
      "too long a time limit",
      "sessionTimeoutMs",
      600_001,
      { place: "sessionTimeoutMs", expected: "a number from 1000 to 600000" },
    ],
  ])("is told, and it alone: %s", (_what, path, value, fault) => {
    const faults = faultsOf(withValue(path, value));
    expect(faults).toEqual([expect.objectContaining(fault)]);
  });

  it.each([
    ...[
      "10.1.2.3",
      "172.31.255.255",
      "192.168.1.1",
      "100.64.0.1",
      "100.127.255.255",
      "127.0.0.1",
      "169.254.1.1",
      "0.1.2.3",
    ],
    ...[
      "192.0.0.8",
      "192.0.2.1",
      "198.18.0.1",
      "198.19.255.255",
      "198.51.100.1",
      "203.0.113.9",
      "224.0.0.1",
      "240.0.0.1",
    ],
    ...["81.2.0.1", "81.2.255.255", "51.15.10.10"],
    ...["255.255.255.255", "34.1.2", "034.1.2.3", "34.1.2.3/32", "2001:db8::1", "turn.example.org", ""],
  ])("is told: no server has the public address %s", (address) => {
    expect(faultsOf(withValue("topology.turnServers.turn.publicAddress", address))).toEqual([
      expect.objectContaining({
        place: "topology.turnServers.turn.publicAddress",
        expected: "a globally routable unicast IPv4 address outside of the lab's own",
        found: expect.stringContaining(`"${address}": `),
      }),
    ]);
  });

  it.each([
    "",
    "-turn.example.org",
    "turn-.org",
    "turn_1.org",
    "turn..org",
    "turn.org.",
    "34.1.2.3",
    "a b",
    `${"a".repeat(64)}.org`,
  ])('is told: "%s" is no hostname', (hostname) => {
    expect(faultsOf(withValue("topology.turnServers.turn.hostname", hostname))).toEqual([
      expect.objectContaining({ place: "topology.turnServers.turn.hostname" }),
    ]);
  });

  it.each([[undefined], [null], [3], ["text"], [[]], [() => good]])("is told when the scenario is %s", (value) => {
    expect(faultsOf(value)).toEqual([expect.objectContaining({ place: "(scenario)", expected: "an object" })]);
  });

  it("is told when the file's name is no scenario's name", () => {
    expect(faultsOf(good, "Good One")).toEqual([
      expect.objectContaining({ place: "(file name)", found: '"Good One"' }),
    ]);
  });

  it("is told when a transport in one word is expected on a path without one", () => {
    expect(faultsOf({ ...good, expectedPath: "direct", expectedTransport: "udp" })).toEqual([
      expect.objectContaining({ place: "expectedTransport", found: 'expectedPath "direct"' }),
    ]);
  });

  it("is told when a transport in one word is one that neither peer can use", () => {
    const peer = { behind: "phone", iceServers: [{ server: "turn", urls: ["stun", "udp"] }] };
    const scenario = { ...good, peers: { offerer: peer, answerer: peer }, expectedTransport: "tls" };
    expect(faultsOf(scenario)).toEqual([
      expect.objectContaining({ place: "expectedTransport", expected: "a peer that has a TURN URL over tls" }),
    ]);
  });

  it("is told when peers on two networks are to connect locally", () => {
    expect(faultsOf({ ...withoutTransport, expectedPath: "local" })).toEqual([
      expect.objectContaining({ place: "expectedPath", found: 'behind "phone" and "internet"' }),
    ]);
    const peer = { behind: "internet", iceServers: ["turn"] };
    const peers = { offerer: peer, answerer: peer };
    expect(faultsOf({ ...withoutTransport, expectedPath: "local", peers })).toEqual([
      expect.objectContaining({ place: "expectedPath", found: 'both behind "internet"' }),
    ]);
  });

  it("is told when nothing may connect, for no reason, for the lab's own, or with thresholds of what connects", () => {
    const { thresholds: _thresholds, ...rest } = withoutTransport;
    const none = { ...rest, expectedPath: "none" };
    expect(faultsOf(none)).toEqual([expect.objectContaining({ place: "expectedFailure", found: "nothing" })]);
    expect(faultsOf({ ...none, expectedFailure: "peer_crashed" })).toEqual([
      expect.objectContaining({ place: "expectedFailure", found: '"peer_crashed"' }),
    ]);
    const metrics = ["connect_time", "ice_time", "dtls_time", "first_data_time"];
    const thresholds = Object.fromEntries([...metrics, "gather_time"].map((metric) => [metric, ["max<9"]]));
    expect(faultsOf({ ...none, expectedFailure: "ice_failed", thresholds }).map(({ place }) => place)).toEqual(
      metrics.map((metric) => `thresholds.${metric}`),
    );
  });

  it("is told when a call is to be dropped for what no call is dropped for, or to succeed as well", () => {
    const { thresholds: _, ...rest } = good;
    expect(faultsOf({ ...rest, expectedFailure: "turn_unknown_user" })).toEqual([
      expect.objectContaining({ place: "expectedFailure", found: '"turn_unknown_user"' }),
    ]);
    for (const expectedFailure of ["data_failed", "nat_rebooted", "turn_server_lost", "path_mtu"])
      expect(faultsOf({ ...rest, expectedFailure })).toEqual([]);
    const dropped = { ...rest, expectedFailure: "nat_rebooted" };
    expect(faultsOf({ ...dropped, thresholds: { session_success: ["rate==0", "rate>0.95"] } })).toEqual([
      expect.objectContaining({ place: "thresholds.session_success[1]", found: '"rate>0.95"' }),
    ]);
  });

  it("is told when a server that is not to start is to have sessions, or is not there", () => {
    const { thresholds: _thresholds, ...rest } = withoutTransport;
    const none = { ...rest, expectedPath: "none", expectedFailure: "turn_server_not_started" };
    expect(faultsOf(none)).toEqual([]);
    expect(faultsOf({ ...none, thresholds: { sessions: ["count==0"] } })).toEqual([
      expect.objectContaining({ place: "thresholds.sessions" }),
    ]);
    const serverless = {
      ...none,
      topology: { ...rest.topology, turnServers: {} },
      peers: {
        offerer: { ...rest.peers.offerer, iceServers: [] },
        answerer: { ...rest.peers.answerer, iceServers: [] },
      },
    };
    expect(faultsOf(serverless)).toEqual([
      expect.objectContaining({ place: "expectedFailure", found: "turn_server_not_started and no server" }),
    ]);
  });

  it("is told when a failure is expected without a path", () => {
    const { expectedPath: _, ...rest } = good;
    expect(faultsOf({ ...rest, expectedFailure: "ice_failed" })).toEqual([
      expect.objectContaining({ place: "expectedFailure", found: "no expectedPath" }),
    ]);
  });
});

describe("many faults", () => {
  it("are told in one go, structure and references alike", () => {
    const places = faultsOf({
      ...good,
      bogus: 1,
      topology: { ...good.topology, turnServers: { turn: { publicAddress: "192.168.1.1" } } },
      peers: { offerer: { behind: "nowhere", iceServers: [3, "none"] }, answerer: 3 },
      load: { executor: "ramping-vu", vus: -1, iterations: "many" },
      thresholds: { connect_time: ["fast"] },
    }).map(({ place }) => place);
    expect(places.sort()).toEqual([
      "bogus",
      "load.executor",
      "load.iterations",
      "load.vus",
      "peers.answerer",
      "peers.offerer.behind",
      "peers.offerer.iceServers[0]",
      "peers.offerer.iceServers[1]",
      "thresholds.connect_time[0]",
      "topology.turnServers.turn.publicAddress",
    ]);
  });
});

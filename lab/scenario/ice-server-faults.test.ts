import { describe, expect, it } from "vitest";
import type { IceServerApiSpec } from "../model/ice-server-api.ts";
import type { Scenario } from "../model/scenario.ts";
import { checkScenario } from "./check-scenario.ts";

type Parts = {
  apis?: Record<string, object>;
  servers?: Record<string, object>;
  offerer?: unknown[];
  answerer?: unknown[];
  policy?: object;
  changes?: object[];
  deadHosts?: string[];
  rest?: Partial<Scenario>;
};

const cloudflare: IceServerApiSpec = { provider: "cloudflare", servers: ["turn"] };

/** `PLACE: expected EXPECTED, found FOUND`, each fault of a scenario with these parts. */
function faultsOf(parts: Parts): string[] {
  const { apis = {}, servers = { turn: {} }, offerer = [], answerer = [], policy, changes, deadHosts, rest } = parts;
  const result = checkScenario(
    {
      description: "test",
      topology: { turnServers: servers, iceServerApis: apis, ...(deadHosts ? { deadHosts } : {}) },
      peers: {
        offerer: { behind: "internet", iceServers: offerer },
        answerer: { behind: "internet", iceServers: answerer },
      },
      load: { executor: "per-vu-iterations", vus: 1, iterations: 5 },
      ...(policy ? { iceServerPolicy: policy } : {}),
      ...(changes ? { changes } : {}),
      ...rest,
    },
    "test",
  );
  if (!("faults" in result)) return [];
  return result.faults.map(({ place, expected, found }) => `${place}: expected ${expected}, found ${found}`);
}

const api = (changes: object) => faultsOf({ apis: { cf: { ...cloudflare, ...changes } } });

describe("an API", () => {
  it("of every provider is taken as it is", () => {
    for (const spec of [
      cloudflare,
      { provider: "twilio", servers: ["turn"], variant: "urls", faults: [{ answer: 503, requests: [1, 2] }] },
      { provider: "xirsys", servers: ["turn", "two"], hosts: ["fr-turn8.xirsys.com", "fr-turn7.xirsys.com"] },
      { provider: "metered", servers: ["turn"], keys: { secretKey: "wrong" }, cutsAtExpiry: true },
      { provider: "static", servers: ["turn", "two"], latencyMs: 100 },
      { provider: "coturn-rest", servers: ["turn", "two"], ttlSeconds: 5, faults: [{ answer: "short-lived" }] },
      { provider: "cloudflare", endpoint: "real", ttlSeconds: 600 },
    ]) {
      expect(faultsOf({ apis: { it: spec }, servers: { turn: {}, two: {} }, offerer: ["it"] })).toEqual([]);
    }
  });

  it("asked for nonsense is told so, all of it", () => {
    expect(
      faultsOf({
        apis: {
          turn: cloudflare,
          cf: {
            provider: "cloudflare",
            servers: ["trun", "turn", "turn"],
            variant: "port53",
            hosts: ["not a name"],
            keys: { token: "x" },
            ttlSeconds: 0,
            faults: [{ answer: 418 }, { answer: 503, requests: [3, 2] }],
          },
        },
      }),
    ).toEqual([
      "topology.iceServerApis.cf.ttlSeconds: expected a number from 1 to 315360000, found 0",
      expect.stringContaining("topology.iceServerApis.cf.faults[0].answer: expected "),
      'topology.iceServerApis.turn: expected a name of its own, found "turn", which is also topology.turnServers.turn',
      'topology.iceServerApis.cf.variant: expected a variant of cloudflare (array, port-53, object), found "port53"',
      'topology.iceServerApis.cf.keys.token: expected a key of cloudflare (keyId, apiToken), found "token"',
      'topology.iceServerApis.cf.hosts[0]: expected a DNS name, such as fr-turn8.xirsys.com, found "not a name"',
      'topology.iceServerApis.cf.servers[0]: expected one of topology.turnServers (turn), found "trun"',
      'topology.iceServerApis.cf.servers[2]: expected each server once, found "turn"',
      expect.stringContaining("topology.iceServerApis.cf.servers: expected at most 1: cloudflare hands out one name"),
      "topology.iceServerApis.cf.hosts: expected a name for each of the 3 servers, found 1",
      "topology.iceServerApis.cf.faults[1].requests: expected the first and the last, in this order, found [3,2]",
    ]);
  });

  it("hands out at least one server, unless the provider itself answers, who is told nothing else", () => {
    expect(api({ servers: [] })).toEqual([
      "topology.iceServerApis.cf.servers: expected the servers that it hands out, found []",
    ]);
    expect(api({ endpoint: "real", faults: [{ answer: 503 }] })).toHaveLength(2);
  });

  it("gives names that lead to one server each", () => {
    const apis = { a: cloudflare, b: { ...cloudflare, servers: ["two"] } };
    const faults = faultsOf({ apis, servers: { turn: {}, two: {} } });
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/apis\.b|iceServerApis\.b: .*stun\.cloudflare\.com for two, which .* has for turn/);
    expect(
      faultsOf({ apis: { a: cloudflare }, servers: { turn: {}, two: { hostname: "turn.cloudflare.com" } } }),
    ).toHaveLength(1);
  });

  it("has credentials that end, or none of what is for those", () => {
    const fixed = { provider: "static", servers: ["turn"], ttlSeconds: 5, hosts: ["x.org"], cutsAtExpiry: true };
    expect(api({ handsOut: "round-robin" })).toEqual([
      'topology.iceServerApis.cf.handsOut: expected nothing: cloudflare itself chooses which of its servers a list holds, found "round-robin"',
    ]);
    expect(faultsOf({ apis: { fixed } }).map((fault) => fault.split(":")[0])).toEqual([
      "topology.iceServerApis.fixed.ttlSeconds",
      "topology.iceServerApis.fixed.hosts",
      "topology.iceServerApis.fixed.cutsAtExpiry",
    ]);
  });

  it("mints for servers that have no credentials of another kind", () => {
    const turn = { credential: { username: "u", password: "p" }, options: { user: "a:b" } };
    expect(faultsOf({ apis: { cf: cloudflare }, servers: { turn } })).toEqual([
      "topology.turnServers.turn.credential: expected nothing: an API mints its credentials, and it takes no others, found a value",
      "topology.turnServers.turn.options.user: expected nothing: an API mints its credentials, and it takes no others, found a value",
    ]);
    expect(faultsOf({ servers: { turn: { ...turn, secrets: ["s"] } } })).toHaveLength(2);
    const rest = { provider: "coturn-rest", servers: ["turn", "two"] };
    expect(faultsOf({ apis: { rest }, servers: { turn: { secrets: ["a"] }, two: { secrets: ["b"] } } })).toHaveLength(
      1,
    );
  });

  it("is none of a grid's", () => {
    const grid = {
      description: "test",
      topology: { turnServers: { turn: {} }, iceServerApis: { cf: cloudflare } },
      peers: {
        a: { behind: "internet", iceServers: [] },
        b: { behind: "internet", iceServers: [{ urls: "stun:x.org" }] },
      },
      cells: [{ table: "t", row: "r", column: "c", offerer: "a", answerer: "b" }],
      concurrency: 1,
    };
    const result = checkScenario(grid, "test");
    expect("faults" in result && result.faults.map(({ place }) => place)).toEqual([
      "topology.iceServerApis",
      "peers.b.iceServers[0]",
    ]);
  });
});

describe("a peer's list", () => {
  it("may name an API, but no kinds of URL of one", () => {
    expect(faultsOf({ apis: { cf: cloudflare }, offerer: ["cf", "turn"] })).toEqual([]);
    expect(faultsOf({ apis: { cf: cloudflare }, offerer: ["cff", { server: "cf", urls: ["udp"] }] })).toEqual([
      'peers.offerer.iceServers[0]: expected one of topology.turnServers or topology.iceServerApis (turn, cf), found "cff"',
      'peers.offerer.iceServers[1].server: expected one of topology.turnServers (turn), found "cf"',
    ]);
  });

  it("may have an application's own entries, of hosts that the lab has", () => {
    const servers = { turn: { aliases: ["stun.l.google.com"], publicAddress: "34.1.2.3" } };
    const credential = { username: "u", credential: "c" };
    const offerer = [
      { urls: "stun:STUN.l.google.com:19302" },
      { urls: ["turn:34.1.2.3:3478?transport=tcp", "turns:turn.lab.test:443"], ...credential },
      { urls: ["turn:turn.cloudflare.com"], ...credential },
      { urls: "turn:numb.viagenie.ca", ...credential },
    ];
    expect(faultsOf({ servers, apis: { cf: cloudflare }, offerer, deadHosts: ["numb.viagenie.ca"] })).toEqual([]);
  });

  it("has each fault of such an entry told", () => {
    const offerer = [{ urls: ["stun:a.example.org", "turn:turn.lab.tset", "http://x", "turn:34.9.9.9"] }];
    expect(faultsOf({ offerer })).toEqual([
      expect.stringMatching(
        /urls\[0\]: expected a host that the lab has: a server's hostname .*found "a\.example\.org"/,
      ),
      expect.stringContaining("urls[1]: expected a host that the lab has"),
      expect.stringContaining("urls[2]: expected stun:HOST[:PORT]"),
      expect.stringContaining(
        "urls[3]: expected a host that the lab has: the publicAddress or privateAddress of a server",
      ),
      "peers.offerer.iceServers[0].username: expected one, as an entry with a TURN URL needs, found nothing",
      "peers.offerer.iceServers[0].credential: expected one, as an entry with a TURN URL needs, found nothing",
    ]);
    expect(
      faultsOf({ offerer: [{ urls: "stun:gone.org" }], rest: { expectedPath: "none", expectedFailure: "dns_failed" } }),
    ).toEqual([]);
    expect(faultsOf({ deadHosts: ["turn.lab.test", "a.turn.lab.test", "gone.org"] })).toHaveLength(2);
  });
});

describe("a policy", () => {
  const apis = { cf: cloudflare };
  const policy = (given: object, peers: Parts = { offerer: ["cf"], answerer: ["cf"] }) =>
    faultsOf({ apis, ...peers, policy: given });

  it("is taken where something comes of it", () => {
    expect(policy({ fetchedBy: "offerer", sharing: { waitMs: 100, failsIn: [2, 3] }, timeoutMs: 500 })).toEqual([]);
    expect(
      policy({ cache: { heldBy: "backend", lifetimeSeconds: 60, refreshBeforeSeconds: 10 }, fallback: ["turn"] }),
    ).toEqual([]);
  });

  it("is refused where nothing does", () => {
    expect(policy({ timeoutMs: 500 }, { offerer: ["turn"] })).toHaveLength(1);
    expect(policy({ fetchedBy: "offerer" }, { offerer: ["cf"] })).toHaveLength(1);
    expect(policy({ sharing: { waitMs: 1 } })).toEqual([
      'iceServerPolicy.sharing: expected fetchedBy "offerer": only then anything is shared, found fetchedBy nothing',
    ]);
    expect(policy({ cache: { heldBy: "peer", lifetimeSeconds: 10, refreshBeforeSeconds: 10 } })).toHaveLength(1);
    expect(policy({ fallback: ["trun"] })).toEqual([
      'iceServerPolicy.fallback[0]: expected one of topology.turnServers or topology.iceServerApis (turn, cf), found "trun"',
    ]);
  });
});

describe("a change of secrets", () => {
  const change = (changes: object[], turn: object = { secrets: ["old"] }) => faultsOf({ servers: { turn }, changes });

  it("is one of what the server takes, or of what is minted with", () => {
    expect(
      change([
        { atMs: 1, server: "turn", secrets: ["old", "new"] },
        { atMs: 2, server: "turn", mintsWith: "new" },
      ]),
    ).toEqual([]);
    expect(change([{ atMs: 1, server: "turn" }])).toHaveLength(1);
    expect(change([{ atMs: 1, server: "turn", secrets: ["a"], mintsWith: "a" }])).toHaveLength(1);
    expect(change([{ atMs: 1, server: "turn", secrets: ["a"], node: "turn" }])).toHaveLength(1);
  });

  it("needs a server of the lab's own that has some", () => {
    expect(change([{ atMs: 1, server: "trun", secrets: ["a"] }])).toHaveLength(1);
    expect(change([{ atMs: 1, server: "turn", secrets: ["a"] }], {})).toEqual([
      'changes[0].server: expected a server with secrets of its own, to begin with, found "turn"',
    ]);
    expect(change([{ atMs: 1, server: "turn", mintsWith: "a" }], { secrets: ["a"], config: "x.conf" })).toHaveLength(1);
  });
});

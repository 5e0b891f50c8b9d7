import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";

const peer = { behind: "home", iceServers: ["turn"] };
const scenario = {
  description: "A relayed call.",
  topology: {
    routers: { home: { nat: "home" } },
    turnServers: { turn: {} },
    iceServerApis: { rest: { provider: "coturn-rest", servers: ["turn"] } },
  },
  peers: { offerer: peer, answerer: { ...peer, iceServers: ["rest"] } },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1, tags: { network: "home", release: "4.17" } },
};

function faultsOf(thresholds: unknown, load: unknown = scenario.load) {
  const result = checkScenario({ ...scenario, thresholds, load }, "one");
  return "faults" in result ? result.faults : [];
}

describe("thresholds on sub-metrics", () => {
  it("may name any tag that the metric's samples have, the scenario's own too", () => {
    const thresholds = {
      "connect_time{path:relayed}": ["p(95)<5000"],
      "connect_time{pair:relay-prflx,transport:udp-tls}": ["max<9000"],
      "session_success{failure:turn_no_answer}": [{ threshold: "rate==0", abortOnFail: true, delayAbortEval: "10s" }],
      "session_success{scenario:one,network:home}": ["rate>0.9"],
      "turn_allocate_time{role:offerer,release:4.17}": ["med<500"],
      "ice_servers_fetch_time{api:rest}": ["max<300"],
      "dropped_iterations{reason:no free VU}": ["count==0"],
    };
    expect(faultsOf(thresholds)).toEqual([]);
  });

  it.each([
    [
      "an unknown metric",
      "conect_time{path:relayed}",
      { found: 'the key "conect_time"', hint: 'Did you mean "connect_time"?' },
    ],
    ["an unknown tag", "connect_time{pth:relayed}", { found: 'the tag "pth"', hint: 'Did you mean "path"?' }],
    [
      "a tag that nobody gave",
      "connect_time{region:eu}",
      {
        expected: "a tag that connect_time has: scenario, path, pair, transport, failure, network, release",
        hint: "A tag of your own stands in load.tags.",
      },
    ],
    ["a tag of other metrics", "sessions{path:relayed}", { hint: expect.stringContaining("of other metrics") }],
    ["what k6 has beside the tags", "connect_time{vu:3}", { hint: expect.stringContaining("As in k6, vu is no tag") }],
    [
      "a value that never comes",
      "connect_time{path:relay}",
      {
        found: '"relay"',
        hint: 'Did you mean "relayed"?',
        expected: expect.stringContaining("local, direct, relayed"),
      },
    ],
    ["another scenario", "connect_time{scenario:two}", { found: '"two"' }],
    ["another value than its own", "connect_time{network:office}", { expected: expect.stringContaining("home") }],
    ["an API that there is not", "ice_servers_fetches{api:twilio}", { expected: expect.stringContaining("rest") }],
    ["no tag at all", "connect_time{}", { hint: expect.stringContaining("TAG:VALUE") }],
  ])("are refused for %s", (_, key, fault) => {
    expect(faultsOf({ [key]: [key.startsWith("s") || key.includes("es{") ? "count<1" : "max<5"] })).toEqual([
      { place: `thresholds.${key}`, expected: expect.any(String), found: expect.any(String), ...fault },
    ]);
  });

  it("are refused for an expression that the metric has not, with its place", () => {
    expect(faultsOf({ "connect_time{path:relayed}": ["max<5", "rate>0.5"] })).toMatchObject([
      { place: "thresholds.connect_time{path:relayed}[1]", found: '"rate>0.5"' },
    ]);
    expect(
      faultsOf({ "sessions{network:home}": [{ threshold: "count>1", abortOnFail: true, delayAbortEval: "soon" }] }),
    ).toMatchObject([{ place: "thresholds.sessions{network:home}[0].delayAbortEval" }]);
  });
});

describe("tags of a load", () => {
  it.each([
    ["path", "relayed", "a name of your own"],
    ["vu", "1", "a name of your own"],
    ["my tag", "x", "which a threshold can name"],
    ["list", "a,b", "without commas"],
    ["empty", "", "some text"],
  ])("cannot be %s: %s", (tag, value, expected) => {
    const load = { ...scenario.load, tags: { [tag]: value } };
    expect(faultsOf(undefined, load)).toEqual([
      expect.objectContaining({ place: `load.tags.${tag}`, expected: expect.stringContaining(expected) }),
    ]);
  });
});

describe("what k6's scenarios have and a load has not", () => {
  it.each([
    ["startTime", "10s", "begins as soon as its lab has been proved"],
    ["env", { HOST: "x" }, "no script"],
    ["exec", "call", "no function"],
    ["options", { browser: { type: "chromium" } }, "stands in its engine"],
  ])("%s is refused with the reason", (key, value, reason) => {
    const faults = faultsOf(undefined, { ...scenario.load, [key]: value });
    expect(faults).toMatchObject([{ place: `load.${key}`, hint: expect.stringContaining(reason) }]);
  });

  it("externally-controlled is refused with the reason", () => {
    const faults = faultsOf(undefined, { executor: "externally-controlled", vus: 2 });
    expect(faults[0]).toMatchObject({ place: "load.executor", hint: expect.stringContaining("takes orders") });
  });
});

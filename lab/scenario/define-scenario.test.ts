import { describe, expect, it } from "vitest";
import { defineFailure, defineScenario } from "./define-scenario.ts";

const peer = { behind: "internet", iceServers: [] };
const base = {
  description: "Two public hosts.",
  topology: {},
  peers: { offerer: peer, answerer: peer },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
} as const;

describe("defineScenario", () => {
  it("returns what it was given", () => {
    const scenario = { ...base, topology: {}, peers: { offerer: peer, answerer: peer } };
    expect(defineScenario(scenario)).toBe(scenario);
    const thresholds = {
      connect_time: ["p(95)<5000"],
      "connect_time{path:relayed,network:home}": [{ threshold: "max<9000", abortOnFail: true }],
    } as const;
    const load = { ...base.load, tags: { network: "home" } };
    const tagged = { ...scenario, load, thresholds: structuredClone(thresholds) };
    expect(
      defineScenario({ ...scenario, load, thresholds: { "session_success{path:relayed}": ["rate>0.9"] } }),
    ).toBeDefined();
    expect(tagged.thresholds).toEqual(thresholds);
  });

  it("refuses in the editor what the check refuses at start", () => {
    const peers = { offerer: peer, answerer: peer };
    // @ts-expect-error: no such preset
    defineScenario({ ...base, peers, topology: { routers: { home: { nat: "hoem" } } } });
    // @ts-expect-error: a trend has no rate
    defineScenario({ ...base, peers, thresholds: { connect_time: ["rate>0.5"] } });
    // @ts-expect-error: not an expression
    defineScenario({ ...base, peers, thresholds: { connect_time: ["fast"] } });
    // @ts-expect-error: no such metric, beside one that there is
    defineScenario({ ...base, peers, thresholds: { connect_time: ["max<5"], conect_time: ["max<5"] } });
    // @ts-expect-error: no such metric to have a part of
    defineScenario({ ...base, peers, thresholds: { "conect_time{path:relayed}": ["max<5"] } });
    // @ts-expect-error: a tag without a value
    defineScenario({ ...base, peers, thresholds: { "connect_time{path}": ["max<5"] } });
    // @ts-expect-error: a trend has no rate, nor has a part of it
    defineScenario({ ...base, peers, thresholds: { "connect_time{path:relayed}": ["rate>0.5"] } });
    // @ts-expect-error: no such executor
    defineScenario({ ...base, peers, load: { executor: "ramping-vus", vus: 1, iterations: 1 } });
    // @ts-expect-error: no such failure
    defineScenario({ ...base, peers, expectedFailure: "turn_broken" });
  });
});

describe("defineFailure", () => {
  const peers = { offerer: peer, answerer: peer };
  const broken = { ...base, topology: {}, peers, expectedPath: "none", expectedFailure: "ice_failed" } as const;
  const repaired = { ...broken, expectedPath: "direct", expectedFailure: undefined } as const;

  it("returns what it was given", () => {
    const failure = { field: "F01", broken, repaired } as const;
    expect(defineFailure(failure)).toBe(failure);
  });

  it("refuses in the editor what the check refuses at start", () => {
    // @ts-expect-error: one form alone
    defineFailure({ field: "F01", broken });
    // @ts-expect-error: not a failure's number
    defineFailure({ field: "first", broken, repaired });
    // @ts-expect-error: no such failure
    defineFailure({ broken: { ...broken, expectedFailure: "turn_broken" }, repaired });
  });
});

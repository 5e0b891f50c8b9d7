import { describe, expect, it } from "vitest";
import type { Tags } from "../lab/model/tags.ts";
import { evaluateThresholds } from "./evaluate-thresholds.ts";
import {
  aScenario,
  failedSession,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { collectSamples, type Samples, type Wanted } from "./samples.ts";
import { summarizeScenario } from "./summarize-scenario.ts";
import { taggedSamples } from "./tagged-samples.ts";

function samples(
  changes: { connect_time?: number[]; hits?: number; total?: number; dropped?: number | null } = {},
): () => Samples {
  return () => ({
    trends: {
      connect_time: changes.connect_time ?? [100, 200, 300, 400],
      ice_servers_fetch_time: [],
      gather_time: [],
      turn_allocate_time: [],
      ice_time: [],
      dtls_time: [],
      first_data_time: [],
      recovery_time: [],
      rtp_jitter: [],
      round_trip_time: [],
      jitter: [],
    },
    rates: {
      session_success: { hits: changes.hits ?? 4, total: changes.total ?? 4 },
      ice_servers_cache_hits: { hits: 0, total: 0 },
      session_recovered: { hits: 0, total: 0 },
      message_delivery: { hits: 0, total: 0 },
      rtp_delivery: { hits: 0, total: 0 },
      allocation_success: { hits: 0, total: 0 },
      packet_delivery: { hits: 0, total: 0 },
      packets_on_time: { hits: 0, total: 0 },
      iterations_begun: { hits: 0, total: 0 },
    },
    counters: {
      sessions: 4,
      ice_servers_fetches: 0,
      dropped_sessions: changes.dropped ?? null,
      skipped_messages: 0,
      rtp_skipped: 0,
      packets_skipped: 0,
      dropped_iterations: 0,
    },
  });
}

describe("which thresholds apply", () => {
  const applied = (scenario: Parameters<typeof aScenario>[0]) =>
    evaluateThresholds(aScenario(scenario), samples()).map((t) => `${t.metric} ${t.expression}`);

  it("takes the defaults where the scenario sets none", () => {
    expect(applied({})).toEqual(["session_success rate>0.95", "connect_time p(95)<5000"]);
  });

  it("takes the defaults metric by metric", () => {
    expect(applied({ thresholds: { connect_time: ["med<250", "max<1000"] } })).toEqual([
      "session_success rate>0.95",
      "connect_time med<250",
      "connect_time max<1000",
    ]);
  });

  it("has no defaults where nothing may connect, but keeps the scenario's own", () => {
    expect(applied({ expectedPath: "none" })).toEqual([]);
    expect(applied({ expectedPath: "none", thresholds: { gather_time: ["max<6000"] } })).toEqual([
      "gather_time max<6000",
    ]);
  });
});

describe("what a threshold observes", () => {
  it.each([
    ["min>50", 100, "passed"],
    ["max<400", 400, "failed"],
    ["avg<=250", 250, "passed"],
    ["med==250", 250, "passed"],
    ["p(50)!=250", 250, "failed"],
    ["p(100)<401", 400, "passed"],
  ] as const)("connect_time %s of 100, 200, 300, 400 sees %d and has %s", (expression, observed, verdict) => {
    const [, result] = evaluateThresholds(aScenario({ thresholds: { connect_time: [expression] } }), samples());
    expect(result).toEqual({ metric: "connect_time", expression, observed, verdict });
  });

  it("has no data without samples, never a 0 that passes", () => {
    const results = evaluateThresholds(
      aScenario({ thresholds: { message_delivery: ["rate<1"], dropped_sessions: ["count<1"] } }),
      samples({ connect_time: [], hits: 0, total: 0 }),
    );
    expect(results).toHaveLength(4);
    expect(results.every(({ observed, verdict }) => observed === null && verdict === "no_data")).toBe(true);
  });

  it("takes a counter's true 0", () => {
    const [, , result] = evaluateThresholds(
      aScenario({ thresholds: { dropped_sessions: ["count<1"] } }),
      samples({ dropped: 0 }),
    );
    expect(result).toMatchObject({ observed: 0, verdict: "passed" });
  });
});

describe("thresholds on a part of a metric", () => {
  const path = (path: "direct" | "relayed", connectMs: number, n: number) =>
    session(
      sessionFinished("one", n, { path, timings: { ...sessionFinished("one", n).timings, connect_time: connectMs } }),
    );
  const scenario = aScenario({
    load: { executor: "per-vu-iterations", vus: 1, iterations: 4, tags: { network: "home" } },
    thresholds: {
      "connect_time{path:relayed}": ["max<500"],
      "connect_time{path:direct,network:home}": ["max<500"],
      "connect_time{path:local}": ["max<500"],
      "dropped_sessions{path:relayed}": ["count==0"],
      "session_success{path:relayed}": ["rate==1"],
      "turn_allocate_time{role:answerer}": ["max<85"],
    },
  });
  const events = [
    scenarioStarted("one", scenario),
    ...path("direct", 200, 1),
    ...path("direct", 300, 2),
    ...path("relayed", 900, 3),
    ...session(failedSession("one", 4, "ice_failed", "none")),
  ];
  const of = (isCompleted: boolean) => (wanted: Wanted) =>
    collectSamples(taggedSamples(events), { isCompleted, wanted });
  const results = evaluateThresholds(scenario, of(true));

  it("look at the samples with all of its tags, and leave the whole to its defaults", () => {
    expect(results.map(({ metric, observed, verdict }) => [metric, observed, verdict])).toEqual([
      ["session_success", 0.75, "failed"],
      ["session_success{path:relayed}", 1, "passed"],
      ["connect_time", 840, "passed"],
      ["connect_time{path:relayed}", 900, "failed"],
      ["connect_time{path:direct,network:home}", 300, "passed"],
      ["connect_time{path:local}", null, "no_data"],
      // Logs of before do not say whose an allocation was.
      ["turn_allocate_time{role:answerer}", null, "no_data"],
      ["dropped_sessions{path:relayed}", 0, "passed"],
    ]);
  });

  it("do not take what did not happen yet for none", () => {
    const running = evaluateThresholds(scenario, of(false));
    expect(running.find(({ metric }) => metric === "dropped_sessions{path:relayed}")?.verdict).toBe("no_data");
  });

  it("have their statistics in the summary", () => {
    const summary = summarizeScenario("one", [...events, scenarioFinished("one")], "finished");
    expect(summary.submetrics["connect_time{path:relayed}"]).toEqual({
      metric: "connect_time",
      tags: { path: "relayed" },
      type: "trend",
      statistics: expect.objectContaining({ count: 1, min: 900, max: 900 }),
    });
    expect(summary.submetrics["connect_time{path:local}"]).toMatchObject({ statistics: { count: 0, avg: null } });
    expect(summary.submetrics["session_success{path:relayed}"]).toMatchObject({ value: 1, hits: 1, total: 1 });
    expect(summary.submetrics["dropped_sessions{path:relayed}"]).toMatchObject({ type: "counter", count: 0 });
    expect(summary.metrics.connect_time.count).toBe(3);
    expect(Object.keys(summary.submetrics)).toHaveLength(6);
  });
});

it("tells whose an allocation was, and over what, where the log says it", () => {
  const of = [
    { role: "offerer" as const, transport: "tls" as const },
    { role: "answerer" as const, transport: null },
  ];
  const timings = { ...sessionFinished("one", 1).timings, turn_allocate_of: of };
  const peers = sessionFinished("one", 1).peers;
  const relayed = { ...peers, offerer: { ...peers.offerer, selectedTransport: "udp" as const } };
  const samples = taggedSamples(session(sessionFinished("one", 1, { timings, peers: relayed })));
  const times = (tags: Tags) =>
    collectSamples(samples, { isCompleted: true, wanted: { metric: "turn_allocate_time", tags } }).trends
      .turn_allocate_time;
  expect([times({ role: "offerer" }), times({ role: "answerer" })]).toEqual([[80], [90]]);
  expect([times({ transport: "tls" }), times({ transport: "udp" })]).toEqual([[80], []]);
});

import { describe, expect, it } from "vitest";
import { evaluateThresholds } from "./evaluate-thresholds.ts";
import { aScenario } from "./example-run.ts";
import type { Samples } from "./samples.ts";

function samples(
  changes: { connect_time?: number[]; hits?: number; total?: number; dropped?: number | null } = {},
): Samples {
  return {
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
    },
    rates: {
      session_success: { hits: changes.hits ?? 4, total: changes.total ?? 4 },
      ice_servers_cache_hits: { hits: 0, total: 0 },
      session_recovered: { hits: 0, total: 0 },
      message_delivery: { hits: 0, total: 0 },
      rtp_delivery: { hits: 0, total: 0 },
    },
    counters: {
      sessions: 4,
      ice_servers_fetches: 0,
      dropped_sessions: changes.dropped ?? null,
      skipped_messages: 0,
      skipped_packets: 0,
      dropped_iterations: 0,
    },
  };
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

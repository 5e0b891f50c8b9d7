import { describe, expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import { aLoad, histogramOf, loadRun, measured, NAME, STRETCHES, upTo } from "./example-allocations.ts";
import { containerDied, labUp, scenarioFinished, scenarioStarted } from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";
import { summarizeScenario } from "./summarize-scenario.ts";
import { VerdictsSoFar } from "./verdicts-so-far.ts";

const summaryOf = (events: readonly RunEvent[]) => summarizeScenario(NAME, events, "finished");

describe("the summary of a load of raw TURN clients", () => {
  const summary = summaryOf(loadRun());

  it("counts iterations as sessions, and what became of each", () => {
    expect(summary.sessions).toEqual({ started: 100, connected: 96, failed: 4, dropped: 2 });
    expect(summary.droppedIterations).toBe(5);
    expect(summary.allocations).toMatchObject({
      ...{ started: 100, allocated: 96, ended: 94, interrupted: 0, mostHeld: 96 },
      failures: { turn_486: 3, turn_timeout: 1 },
      losses: { turn_connection_closed: 2 },
      arrival: { allocated: 96, durationMs: 500 },
      packets: { sent: 900, received: 890, lost: 10, skipped: 100 },
      generator: { busiestWorkerPercent: { max: 97 }, receiveBufferErrors: 0 },
    });
  });

  it("has trends out of all histograms together", () => {
    const { connect_time, round_trip_time, jitter, turn_allocate_time } = summary.metrics;
    expect(connect_time).toMatchObject({ count: 96, min: 1 });
    // The 92nd of 96: 1 to 58, and 10 to 380 by tens.
    expect(connect_time["p(95)"]).toBeCloseTo(340, 0);
    expect(round_trip_time.count).toBe(890);
    expect(round_trip_time.max).toBeCloseTo(1_000, -1);
    expect(jitter).toMatchObject({ count: 2, avg: 3 });
    expect(turn_allocate_time).toMatchObject({ count: 0, min: null, med: null, max: null });
  });

  it("fails by default where more than 5 % of the load was not produced", () => {
    expect(summary.thresholds.map(({ metric, observed, verdict }) => [metric, observed, verdict])).toEqual([
      ["connect_time", expect.closeTo(340, 0), "passed"],
      ["allocation_success", 0.94, "failed"],
      ["packet_delivery", 890 / 900, "passed"],
      ["packets_on_time", 0.9, "failed"],
      ["iterations_begun", 100 / 105, "passed"],
    ]);
    expect(summary.status).toBe("failed");
  });

  it("asks for no packets where none are to be sent, and takes a scenario's own word for the others", () => {
    const { traffic: _, ...silent } = { ...aLoad().allocation, relayTo: "none" as const };
    const thresholds = { allocation_success: ["rate>0.9"], packets_skipped: ["count<200"] } as const;
    const own = summaryOf(loadRun(aLoad({ allocation: silent, thresholds: structuredClone(thresholds) as never })));
    expect(own.thresholds.map(({ metric, expression }) => `${metric} ${expression}`)).toEqual([
      ...[
        "connect_time p(95)<5000",
        "allocation_success rate>0.9",
        "iterations_begun rate>=0.95",
        "packets_skipped count<200",
      ],
    ]);
    expect(own.status).toBe("passed");
  });

  it("is no data where nothing was measured, and never 0", () => {
    const none = summaryOf(loadRun(aLoad(), []));
    expect(none.status).toBe("no_data");
    expect(none.thresholds.map(({ observed, verdict }) => [observed, verdict])).toEqual(
      Array.from({ length: 5 }, () => [null, "no_data"]),
    );
    expect(none.allocations).toMatchObject({ mostHeld: null, arrival: null });
    expect(none.metrics.round_trip_time).toMatchObject({ count: 0, med: null });
    const held = measured(NAME, 1, { started: 5, allocated: 5, held: 5, connectTime: histogramOf([1, 2, 3, 4, 5]) });
    const silent = summaryOf(loadRun(aLoad(), [held]));
    expect(silent.thresholds.find(({ metric }) => metric === "packets_on_time")).toMatchObject({ verdict: "no_data" });
    expect(silent.status).toBe("no_data");
  });

  it("looks at all of them where a threshold has the tags that they have, and at none else", () => {
    const thresholds = { "round_trip_time{transport:udp}": ["max<500"] } as const;
    const { submetrics } = summaryOf(loadRun(aLoad({ thresholds: structuredClone(thresholds) as never })));
    expect(submetrics["round_trip_time{transport:udp}"]).toMatchObject({ type: "trend", statistics: { count: 890 } });
  });
});

describe("a server that dies under raw TURN clients", () => {
  it("keeps what was measured, and names how it died", () => {
    const [first] = STRETCHES;
    const summary = summaryOf([
      scenarioStarted(NAME, aLoad()),
      labUp(NAME, { turn: "turn", clients: "peer" }),
      ...(first ? [first] : []),
      { ...containerDied(NAME, "turn"), exitCode: 137, oomKilled: true },
      scenarioFinished(NAME, "server_failed", "turn: the container ended"),
    ]);
    expect(summary).toMatchObject({
      status: "failed",
      reason: "the server failed: turn died with exit code 137 (out of memory)",
      allocations: { started: 60, allocated: 58, failures: { turn_486: 2 } },
    });
  });
});

describe("what is said of it", () => {
  const summary = summarize(loadRun());
  const terminal = renderTerminal(summary, { color: false, width: 100 });
  const markdown = renderMarkdown(summary);

  it.each([
    ["terminal", terminal],
    ["Markdown", markdown],
  ])("on a %s: what came of them, and the load that was not produced", (_where, text) => {
    const flat = text.replaceAll(/\s+/g, " ").replaceAll("\\", "");
    expect(flat).toContain("100 iterations started, 96 held (2 lost later), 4 failed, 5 iterations not started");
    expect(flat).toContain("96 held at once at the most; 96 came to it within 500 ms, 192 a second");
    expect(flat).toContain("900 packets sent, 890 came back, 10 did not");
    expect(flat).toContain("came to nothing: 3 × turn_486, 1 × turn_timeout");
    expect(flat).toContain("lost while held: 2 × turn_connection_closed");
    expect(flat).toContain("load not produced: 100 of 1000 packets (10 %)");
    expect(flat).toContain("load not produced: 5 of 105 iterations (4.8 %)");
    expect(flat).toContain("busiest worker was at 97 %, its limit");
    expect(flat).not.toMatch(/\d sessions?\b/);
  });

  it("does not say of a worker whose core others had that it was at its limit", () => {
    const events = loadRun().map((event) =>
      event.type === "allocations_measured" ? { ...event, busiestWorkerPercent: 40, workerWaitPercent: 55 } : event,
    );
    const said = renderMarkdown(summarize(events)).replaceAll(/\s+/g, " ");
    expect(said).toContain("had work and no core for up to 55 % of the time: others had this machine");
    expect(said).not.toContain("its limit");
  });
});

describe("a threshold that ends such a load", () => {
  const thresholds = {
    round_trip_time: [{ threshold: "p(95)<50", abortOnFail: true }],
    allocation_success: [{ threshold: "rate>0.5", abortOnFail: true, delayAbortEval: "10s" }],
  } as const;
  const watched = (stretches: readonly RunEvent[]) => {
    const verdicts = new VerdictsSoFar();
    verdicts.add(scenarioStarted(NAME, aLoad({ thresholds: structuredClone(thresholds) as never })));
    for (const event of stretches) verdicts.add(event);
    return verdicts;
  };

  it("looks at all stretches so far together, and at none before there is one", () => {
    expect(watched([]).abortsFor(NAME, 60_000)).toBeNull();
    expect(watched(STRETCHES).abortsFor(NAME, 1_000)).toMatch(/^round_trip_time p\(95\)<50, observed 8\d\./);
    const quick = measured(NAME, 1, { roundTrip: histogramOf(upTo(50)), failed: { turn_486: 3 } });
    expect(watched([quick]).abortsFor(NAME, 1_000)).toBeNull();
    expect(watched([quick]).abortsFor(NAME, 10_000)).toBe("allocation_success rate>0.5, observed 0");
  });

  it("comes to the same of a load that has lasted longer than it keeps stretches", () => {
    const stretch = measured(NAME, 1, { ended: 1, roundTrip: histogramOf(upTo(100)) });
    const few = watched([stretch]).abortsFor(NAME, 60_000);
    expect(few).toMatch(/^round_trip_time p\(95\)<50, observed 95/);
    expect(watched(Array.from({ length: 200 }, () => stretch)).abortsFor(NAME, 60_000)).toBe(few);
  });
});

import { describe, expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import {
  aScenario,
  containerDied,
  exampleRun,
  failedSession,
  labDown,
  labSampled,
  labUp,
  routerProbed,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  serverImage,
  serverSampled,
  session,
  sessionFinished,
  sessionStarted,
} from "./example-run.ts";
import { summarize } from "./summarize.ts";

/** A finished run of one scenario, `a`. */
function runOf(events: RunEvent[], definition: Partial<Scenario> = {}): RunEvent[] {
  return [
    runStarted("a"),
    scenarioStarted("a", aScenario(definition)),
    ...events,
    scenarioFinished("a"),
    runFinished(),
  ];
}

function scenarioOf(events: RunEvent[], definition: Partial<Scenario> = {}) {
  const [scenario] = summarize(runOf(events, definition)).scenarios;
  if (!scenario) throw new Error("no scenario");
  return scenario;
}

const connected = (n: number) => session(sessionFinished("a", n));
const unauthorized = (n: number) => session(failedSession("a", n, "turn_unauthorized", `401 in session ${n}`));

describe("a run", () => {
  it("has every key of the contract", () => {
    const summary = summarize(exampleRun());
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining([
        "schemaVersion",
        "runId",
        "status",
        "startedAt",
        "durationMs",
        "harness",
        "engine",
        "scenarios",
      ]),
    );
    for (const scenario of summary.scenarios) {
      expect(Object.keys(scenario).sort()).toEqual(
        [
          ...[
            "name",
            "description",
            "status",
            "reason",
            "durationMs",
            "endedEarly",
            "expectedFailure",
            "expectedPath",
            "sessions",
            "successRate",
            "metrics",
            "allocations",
          ],
          ...[
            "unfinishedGathers",
            "messageDelivery",
            "dropped",
            "evidence",
            "droppedIterations",
            "paths",
            "pairs",
            "failures",
            "causes",
            "violations",
            "firstPairs",
            "examples",
          ],
          ...[
            "cells",
            "legend",
            "turnServers",
            "turnConfigs",
            "routers",
            "links",
            "silences",
            "changes",
            "containerDeaths",
            "lab",
            "submetrics",
            "thresholds",
          ],
          ...["iceServerApis", "allocationsCut", "peers", "media"],
        ].sort(),
      );
      expect(Object.keys(scenario.metrics)).toHaveLength(11);
      expect(Object.keys(scenario.metrics.connect_time)).toEqual([
        "unit",
        "count",
        "min",
        "avg",
        "med",
        "p(90)",
        "p(95)",
        "p(99)",
        "max",
      ]);
    }
  });

  it("survives JSON unchanged", () => {
    const summary = summarize(exampleRun());
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it("has a status for each scenario", () => {
    expect(summarize(exampleRun()).scenarios.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "mobile-to-home passed",
      "udp-blocked-office failed",
      "wrong-password passed",
      "two-carriers errored",
      "never-reached skipped",
    ]);
  });

  it("needs a run_started", () => {
    expect(() => summarize([])).toThrow("run_started");
  });
});

describe("a run's status", () => {
  const passes = [scenarioStarted("a"), ...connected(1), scenarioFinished("a")];
  const fails = [scenarioStarted("b"), ...session(failedSession("b", 1, "ice_failed", "no")), scenarioFinished("b")];
  const breaks = [scenarioStarted("c"), scenarioFinished("c", "errored", "no image")];
  const skips = [scenarioStarted("d"), scenarioFinished("d", "skipped", "needs Chromium")];

  it.each<[string, string, RunEvent[]]>([
    ["passed", "every scenario passed", [runStarted("a"), ...passes, runFinished()]],
    ["passed", "one passed, one was skipped", [runStarted("a", "d"), ...passes, ...skips, runFinished()]],
    ["failed", "one failed", [runStarted("a", "b"), ...passes, ...fails, runFinished()]],
    ["failed", "one has no data", [runStarted("a"), scenarioStarted("a"), scenarioFinished("a"), runFinished()]],
    ["failed", "all were skipped", [runStarted("d"), ...skips, runFinished()]],
    ["failed", "there was nothing to run", [runStarted(), runFinished()]],
    ["errored", "one errored, before one that failed", [runStarted("b", "c"), ...fails, ...breaks, runFinished()]],
    ["errored", "the log ends without run_finished", [runStarted("a"), ...passes]],
    ["interrupted", "it was interrupted", [runStarted("a"), ...passes, runFinished({ interrupted: true })]],
    [
      "interrupted",
      "it was interrupted after an error",
      [runStarted("c"), ...breaks, runFinished({ interrupted: true })],
    ],
  ])("is %s when %s", (status, _when, events) => {
    expect(summarize(events).status).toBe(status);
  });

  it("has no duration when it never finished", () => {
    expect(summarize([runStarted("a")]).durationMs).toBeNull();
  });
});

describe("a scenario's status", () => {
  const verdict = (events: RunEvent[]) => {
    const { status, reason } = summarize(events).scenarios[0] ?? {};
    return { status, reason };
  };
  const interrupted = runFinished({ interrupted: true });

  it.each<[string, string | null, string, RunEvent[]]>([
    [
      "errored",
      "no image",
      "the lab says so",
      [runStarted("a"), scenarioStarted("a"), scenarioFinished("a", "errored", "no image"), runFinished()],
    ],
    [
      "errored",
      "the harness ended before the scenario did",
      "it has no end",
      [runStarted("a"), scenarioStarted("a"), ...connected(1)],
    ],
    [
      "failed",
      "the server failed: turn did not answer within 10 s",
      "the server under test failed",
      [
        runStarted("a"),
        scenarioStarted("a"),
        scenarioFinished("a", "server_failed", "turn did not answer within 10 s"),
        runFinished(),
      ],
    ],
    [
      "skipped",
      "needs Chromium",
      "it was skipped",
      [runStarted("a"), scenarioFinished("a", "skipped", "needs Chromium"), runFinished()],
    ],
    ["skipped", "the run ended before it started", "it never started", [runStarted("a"), runFinished()]],
    ["skipped", "the run was interrupted before it started", "it never got to start", [runStarted("a"), interrupted]],
    [
      "no_data",
      "interrupted",
      "it was interrupted",
      [runStarted("a"), scenarioStarted("a"), scenarioFinished("a", "interrupted"), interrupted],
    ],
    [
      "no_data",
      "interrupted",
      "the run was interrupted within it",
      [runStarted("a"), scenarioStarted("a"), ...connected(1), interrupted],
    ],
    ["no_data", "no session finished", "sessions started and none ended", runOf([sessionStarted("a", 1)])],
    ["passed", null, "it ended before the interrupt", [...runOf(connected(1)).slice(0, -1), interrupted]],
  ])("is %s (%s) when %s", (status, reason, _when, events) => {
    expect(verdict(events)).toEqual({ status, reason });
  });

  const lab = labUp("a", { core: "core", home: "router", turn: "turn", offerer: "peer", answerer: "peer" });
  const died = (node: string) => containerDied("a", node, { exitCode: 139 });

  it.each<[string, string, RunEvent[]]>([
    ["failed", "the server failed: turn died with exit code 139", [died("turn")]],
    [
      "failed",
      "the server failed: turn died with exit code 137 (out of memory)",
      [containerDied("a", "turn", { oomKilled: true })],
    ],
    ["errored", "container home died with exit code 139", [died("home")]],
    ["errored", "container offerer died with exit code 139", [died("turn"), died("offerer")]],
  ])("is %s (%s) when a container died unasked, whatever its sessions say", (status, reason, deaths) => {
    expect(scenarioOf([lab, ...connected(1), ...deaths, ...labDown("a")])).toMatchObject({ status, reason });
  });

  it("does not mind containers that were told to end", () => {
    expect(scenarioOf([lab, ...connected(1), ...labDown("a", "turn", "home")]).status).toBe("passed");
  });

  it("keeps the server's failure apart from a lab that broke, in the run too", () => {
    const events = [runStarted("a"), scenarioStarted("a"), scenarioFinished("a", "server_failed", "x"), runFinished()];
    expect(summarize(events).status).toBe("failed");
    expect(summarize(runOf([lab, ...connected(1), died("home")])).status).toBe("errored");
  });

  it("fails by a threshold, though another has no data", () => {
    const { status, thresholds } = scenarioOf(unauthorized(1));
    expect(thresholds.map((t) => t.verdict)).toEqual(["failed", "no_data"]);
    expect(status).toBe("failed");
  });

  it("does not count it as broken that an engine keeps the first pair that works, in up to half of the calls", () => {
    const violations = [
      { code: "wrong_path" as const, message: "expected direct, found relayed", by: "firefox" as const },
    ];
    const calls = (kept: number) =>
      scenarioOf(
        [1, 2, 3, 4].flatMap((n) => session(sessionFinished("a", n, n <= kept ? { path: "relayed", violations } : {}))),
      );
    expect(calls(2)).toMatchObject({ violations: {}, firstPairs: { engine: "firefox", sessions: 2 } });
    expect(calls(3)).toMatchObject({ status: "failed", violations: { wrong_path: 3 }, firstPairs: null });
  });

  it("fails by a violation, though every threshold passes", () => {
    const violations = [{ code: "wrong_path" as const, message: "expected relayed, was direct" }];
    const {
      status,
      violations: counted,
      examples,
    } = scenarioOf(session(sessionFinished("a", 1, { path: "direct", violations })));
    expect(status).toBe("failed");
    expect(counted).toEqual({ wrong_path: 1 });
    expect(examples).toEqual([
      { session: 1, code: "wrong_path", message: "expected relayed, was direct", diagnosis: null },
    ]);
  });

  it("has no data when a threshold of its own has no samples", () => {
    const quiet = {
      ...sessionFinished("a", 1),
      timings: { ...sessionFinished("a", 1).timings, turn_allocate_time: [] },
    };
    expect(scenarioOf(session(quiet), { thresholds: { turn_allocate_time: ["p(95)<500"] } })).toMatchObject({
      status: "no_data",
      reason: "no samples of turn_allocate_time",
    });
  });
});

describe("a scenario in which nothing may connect", () => {
  const none = { expectedPath: "none", expectedFailure: "turn_unauthorized" } as const;

  it.each<[string, string | null, string, RunEvent[]]>([
    ["passed", null, "every session failed", [...unauthorized(1), ...unauthorized(2)]],
    ["failed", null, "a session connected", [...unauthorized(1), ...connected(2)]],
    ["no_data", "no session finished", "there was none", []],
    ["no_data", "1 of 2 sessions never finished", "a session has no end", [...unauthorized(1), sessionStarted("a", 2)]],
  ])("is %s (%s) when %s", (status, reason, _when, events) => {
    expect(scenarioOf(events, none)).toMatchObject({ status, reason, thresholds: [] });
  });

  it("fails when a session failed for another reason", () => {
    const failed = failedSession("a", 1, "dns_failed", "no such name");
    const events = session({
      ...failed,
      violations: [{ code: "unexpected_failure", message: "expected turn_unauthorized" }],
    });
    expect(scenarioOf(events, none).status).toBe("failed");
  });
});

describe("sessions", () => {
  it("counts a session without an end as started only", () => {
    const { sessions, successRate } = scenarioOf([...connected(1), ...unauthorized(2), sessionStarted("a", 3)]);
    expect(sessions).toEqual({ started: 3, connected: 1, failed: 1, dropped: 0 });
    expect(successRate.value).toBe(0.5);
  });

  it("counts a dropped session as connected, and as no success", () => {
    const { sessions, successRate, thresholds } = scenarioOf([
      ...connected(1),
      ...session(sessionFinished("a", 2, { dropped: true })),
    ]);
    expect(sessions).toEqual({ started: 2, connected: 2, failed: 0, dropped: 1 });
    expect(successRate.value).toBe(1);
    expect(thresholds[0]).toMatchObject({ metric: "session_success", observed: 0.5, verdict: "failed" });
  });

  it("has no rate and no interval without sessions", () => {
    expect(scenarioOf([]).successRate).toEqual({ value: null, ci95: null });
  });

  it("takes times from connected sessions, gathering and allocation from all that finished", () => {
    const failed = failedSession("a", 2, "ice_failed", "no pair");
    const timings = { ...failed.timings, connect_time: 9, ice_time: 9, turn_allocate_time: [70] };
    const { metrics } = scenarioOf([...connected(1), ...session({ ...failed, timings })]);
    expect(metrics.connect_time).toMatchObject({ count: 1, max: 401 });
    expect(metrics.ice_time.count).toBe(1);
    expect(metrics.gather_time).toMatchObject({ count: 2, max: 5000 });
    expect(metrics.turn_allocate_time).toMatchObject({ count: 3, min: 70 });
  });

  it("says how many sessions ended before gathering did", () => {
    const early = { ...sessionFinished("a", 2).timings, gather_time: null };
    const { metrics, unfinishedGathers } = scenarioOf([
      ...connected(1),
      ...session(sessionFinished("a", 2, { timings: early })),
      sessionStarted("a", 3),
    ]);
    expect([metrics.gather_time.count, unfinishedGathers]).toEqual([1, 1]);
  });

  it("counts messages of connected sessions, both ways", () => {
    expect(scenarioOf([...connected(1), ...unauthorized(2)]).messageDelivery).toEqual({
      sent: 10,
      received: 10,
      skipped: 0,
    });
  });

  it("counts messages that were not sent in time in every finished session, apart from those sent", () => {
    const { messageDelivery } = scenarioOf([
      ...session(sessionFinished("a", 1, { messagesSkipped: 2 })),
      ...session({ ...failedSession("a", 2, "data_failed", "nothing arrived"), messagesSkipped: 3 }),
    ]);
    expect(messageDelivery).toEqual({ sent: 10, received: 10, skipped: 5 });
  });

  it("holds skipped messages against a threshold: the load was not produced", () => {
    const { status, thresholds } = scenarioOf(
      [
        ...session(sessionFinished("a", 1, { messagesSkipped: 2 })),
        ...session(sessionFinished("a", 2, { messagesSkipped: 3 })),
      ],
      { thresholds: { skipped_messages: ["count<5"] } },
    );
    expect(thresholds.at(-1)).toMatchObject({ metric: "skipped_messages", observed: 5, verdict: "failed" });
    expect(status).toBe("failed");
  });

  it("counts paths, pairs and failures", () => {
    const direct = sessionFinished("a", 2, { path: "direct", pair: "srflx-srflx" });
    expect(scenarioOf([...connected(1), ...session(direct), ...unauthorized(3)])).toMatchObject({
      paths: { local: 0, direct: 1, relayed: 1 },
      pairs: { "relay-prflx": 1, "srflx-srflx": 1 },
      failures: { turn_unauthorized: 1 },
    });
  });

  it("gives at most 10 examples, the first ones, and always one of each code", () => {
    const rare = session(failedSession("a", 20, "dns_failed", "no such name"));
    const many = Array.from({ length: 12 }, (_, i) => unauthorized(i + 1)).flat();
    const { examples } = scenarioOf([...many, ...rare]);
    expect(examples.map((example) => example.session)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 20]);
  });

  it("sums iterations that were not started", () => {
    const dropped = (count: number): RunEvent => ({
      type: "iterations_dropped",
      at: 0,
      scenario: "a",
      count,
      reason: "late",
    });
    expect(scenarioOf([dropped(2), dropped(3)]).droppedIterations).toBe(5);
  });

  it("knows that a counter is 0 only when the scenario completed", () => {
    const definition = aScenario({ thresholds: { dropped_sessions: ["count<1"] } });
    const start = [runStarted("a"), scenarioStarted("a", definition), ...connected(1)];
    const counter = (events: RunEvent[]) =>
      summarize(events).scenarios[0]?.thresholds.find((t) => t.metric === "dropped_sessions");
    expect(counter([...start, scenarioFinished("a"), runFinished()])).toMatchObject({ observed: 0, verdict: "passed" });
    expect(counter([...start, runFinished({ interrupted: true })])).toMatchObject({
      observed: null,
      verdict: "no_data",
    });
  });
});

describe("container deaths", () => {
  const deathsOf = (...events: RunEvent[]) =>
    summarize([runStarted("a"), scenarioStarted("a"), ...events]).scenarios[0]?.containerDeaths;
  const end = scenarioFinished("a");

  it("are none where the lab was told to go down before they came", () => {
    expect(deathsOf(...labDown("a", "turn", "offerer", "answerer"), end)).toEqual([]);
  });

  it("are those that came before the lab began to go down", () => {
    const oom = containerDied("a", "turn", { oomKilled: true });
    const unasked = containerDied("a", "offerer", { exitCode: null });
    expect(deathsOf(oom, unasked, ...labDown("a", "answerer"), end)).toEqual([
      { node: "turn", exitCode: 137, oomKilled: true },
      { node: "offerer", exitCode: null, oomKilled: false },
    ]);
  });

  it("go by the order of events, not by their times", () => {
    const [goingDown, ...rest] = labDown("a", "turn");
    if (!goingDown) throw new Error("no lab_going_down");
    const late = containerDied("a", "offerer", { at: goingDown.at + 1000 });
    const early = containerDied("a", "answerer", { at: goingDown.at - 1000 });
    expect(deathsOf(late, goingDown, early, ...rest)?.map(({ node }) => node)).toEqual(["offerer"]);
  });

  it("do not reach into the lab of another scenario", () => {
    const died = containerDied("a", "turn");
    expect(deathsOf(...labDown("b", "turn"), died)?.map(({ node }) => node)).toEqual(["turn"]);
  });

  it("are kept where the harness was killed", () => {
    expect(deathsOf(containerDied("a", "turn"))).toHaveLength(1);
  });

  it("end with the scenario, where its lab was never built", () => {
    expect(deathsOf(scenarioFinished("a", "errored", "no image"), containerDied("a", "turn"))).toEqual([]);
  });
});

describe("load and routers", () => {
  it("has no rate from a server's first sample", () => {
    const { turnServers } = scenarioOf([
      serverSampled("a"),
      serverSampled("a", {
        cpuPercent: 40,
        rxBitsPerSecond: 2e6,
        txBitsPerSecond: 1e6,
        rxPacketsPerSecond: 900,
        txPacketsPerSecond: 450,
        allocations: 8,
        udpReceiveBufferErrors: 3,
      }),
    ]);
    expect(turnServers.turn).toMatchObject({
      cpuPercent: { unit: "percent", count: 1, max: 40 },
      memoryBytes: { unit: "bytes", count: 2 },
      rxBitsPerSecond: { unit: "bit/s", count: 1, max: 2e6 },
      txBitsPerSecond: { count: 1, max: 1e6 },
      rxPacketsPerSecond: { unit: "packet/s", count: 1, max: 900 },
      txPacketsPerSecond: { count: 1, max: 450 },
      allocations: { unit: "count", count: 2, min: 0, max: 8 },
      udpReceiveBufferErrors: 3,
    });
  });

  it("says what a server ran from, and nothing where the log does not", () => {
    const { at: _, type: __, scenario: ___, server: ____, version, ...image } = serverImage("a");
    expect(scenarioOf([serverImage("a")]).turnServers.turn).toMatchObject({ version, image });
  });

  it("shows a server that was never sampled, without numbers", () => {
    expect(scenarioOf([]).turnServers.turn).toMatchObject({
      image: null,
      version: null,
      cpuPercent: { count: 0, max: null },
      allocations: { count: 0, max: null },
      udpReceiveBufferErrors: null,
    });
  });

  it("keeps the lab's own cost by process", () => {
    const { lab } = scenarioOf([
      labSampled("a", "harness", null),
      labSampled("a", "harness", 50),
      labSampled("a", "offerer", 20),
    ]);
    expect(lab.harness).toMatchObject({ cpuPercent: { count: 1, avg: 50 }, memoryBytes: { count: 2 } });
    expect(Object.keys(lab)).toEqual(["harness", "offerer"]);
  });

  it("keeps what each router was expected and observed to be", () => {
    const { routers } = scenarioOf([routerProbed("a", "home", "home", ["mapping: expected x, observed y"])]);
    expect(routers.home).toMatchObject({
      expected: { mapping: "endpoint-independent" },
      observed: { mapping: "endpoint-independent" },
      mismatches: ["mapping: expected x, observed y"],
    });
  });
});

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../lab/model/events.ts";
import { loadRun } from "../example-allocations.ts";
import {
  aScenario,
  browserReady,
  containerDied,
  exampleRun,
  failedSession,
  labDown,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  serverSampled,
  session,
  sessionFinished,
  sessionStarted,
} from "../example-run.ts";
import { summarize } from "../summarize.ts";
import type { MetricsFormat } from "./exposition.ts";
import { FAMILIES } from "./families.ts";
import { MetricsSoFar, renderMetrics } from "./metrics-so-far.ts";
import { parseExposition } from "./test-parse-exposition.ts";
import { findProgram } from "./test-programs.ts";

const FORMATS: readonly MetricsFormat[] = ["openmetrics", "prometheus"];
const RUNS: readonly [string, () => RunEvent[]][] = [
  ["sessions", exampleRun],
  ["raw TURN clients", () => loadRun()],
];

const parsed = new WeakMap<readonly RunEvent[], ReturnType<typeof parseExposition>>();

function samplesOf(events: readonly RunEvent[], family: string, labels: Record<string, string> = {}) {
  const families = parsed.get(events) ?? parseExposition(renderMetrics(events, "openmetrics"), "openmetrics");
  parsed.set(events, families);
  const samples = families.get(family)?.samples ?? [];
  return samples.filter((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text));
}
const sumOf = (...args: Parameters<typeof samplesOf>) =>
  samplesOf(...args).reduce((total, { value }) => total + value, 0);
const firstOf = (...args: Parameters<typeof samplesOf>) => samplesOf(...args)[0]?.value ?? null;

describe.each(RUNS)("the metrics of %s", (_, events) => {
  it.each(FORMATS)("are %s to the letter, with the labels that are told, and buckets that add up", (format) => {
    const families = parseExposition(renderMetrics(events(), format), format);
    for (const { type, help, samples } of families.values()) {
      expect(help).toMatch(/^[^"\\]+$/);
      if (type !== "histogram") continue;
      const buckets = samples.filter(({ name }) => name.endsWith("_bucket"));
      for (const { labels, value } of samples.filter(({ name }) => name.endsWith("_count"))) {
        const own = buckets.filter((bucket) =>
          Object.entries(labels).every(([key, text]) => bucket.labels[key] === text),
        );
        expect(own.map((bucket) => bucket.value)).toEqual(own.map((bucket) => bucket.value).toSorted((a, b) => a - b));
        expect(own.at(-1)).toMatchObject({ labels: { le: "+Inf" }, value });
      }
    }
    for (const [name, { labels }] of Object.entries(FAMILIES))
      for (const sample of families.get(name)?.samples ?? [])
        expect(Object.keys(sample.labels).filter((label) => label !== "le")).toEqual(labels);
  });

  it("are the same numbers in both formats", () => {
    const [open, plain] = FORMATS.map((format) =>
      renderMetrics(events(), format)
        .split("\n")
        .filter((line) => !line.startsWith("#")),
    );
    expect(open).toEqual(plain);
  });

  it("are the same event by event as all at once, and asking in between changes nothing", () => {
    const soFar = new MetricsSoFar();
    for (const event of events()) {
      soFar.add(event);
      parseExposition(soFar.text("openmetrics"), "openmetrics");
    }
    soFar.end();
    expect(soFar.text("openmetrics")).toBe(renderMetrics(events(), "openmetrics"));
  });

  it("have no address, no session and no container in them", () => {
    const text = renderMetrics(events(), "openmetrics");
    expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+|session="|containerId/);
  });

  it.skipIf(!findProgram("promtool"))("are what promtool calls well-named", () => {
    const input = renderMetrics(events(), "prometheus");
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    expect({ status, told: stdout + stderr }).toEqual({ status: 0, told: "" });
  });
});

describe("numbers", () => {
  it("are those of the summary", () => {
    const events = exampleRun();
    for (const { name: scenario, sessions, metrics, failures, status, thresholds } of summarize(events).scenarios) {
      const finished = (outcome: string) => sumOf(events, "turnlab_sessions_finished", { scenario, outcome });
      expect(finished("connected") + finished("dropped")).toBe(sessions.connected);
      expect(finished("dropped")).toBe(sessions.dropped);
      expect(finished("failed")).toBe(sessions.failed);
      expect(sumOf(events, "turnlab_sessions_started", { scenario })).toBe(sessions.started);
      const connect = samplesOf(events, "turnlab_connect_time_seconds", { scenario });
      const count = connect
        .filter(({ name }) => name.endsWith("_count"))
        .reduce((total, { value }) => total + value, 0);
      expect(count).toBe(metrics.connect_time.count);
      const sum = connect.filter(({ name }) => name.endsWith("_sum")).reduce((total, { value }) => total + value, 0);
      expect(sum * 1000).toBeCloseTo((metrics.connect_time.avg ?? 0) * count, 6);
      for (const [failure, count] of Object.entries(failures))
        expect(sumOf(events, "turnlab_session_failures", { scenario, failure })).toBeGreaterThanOrEqual(count);
      expect(sumOf(events, "turnlab_scenario_status", { scenario, status })).toBe(1);
      expect(sumOf(events, "turnlab_scenario_status", { scenario })).toBe(1);
      for (const { metric, expression, verdict } of thresholds)
        expect(sumOf(events, "turnlab_threshold_verdict", { scenario, metric, expression, verdict })).toBe(1);
    }
    expect(sumOf(events, "turnlab_run_status", { status: summarize(events).status })).toBe(1);
  });

  it("of raw clients too", () => {
    const events = loadRun();
    const [scenario] = summarize(events).scenarios;
    const of = { scenario: scenario?.name ?? "" };
    expect(sumOf(events, "turnlab_clients_started", of)).toBe(scenario?.allocations?.started);
    expect(sumOf(events, "turnlab_clients_allocated", of)).toBe(scenario?.allocations?.allocated);
    expect(sumOf(events, "turnlab_client_packets", { ...of, result: "lost" })).toBe(
      scenario?.allocations?.packets.lost,
    );
    const trips = samplesOf(events, "turnlab_client_round_trip_seconds", of).find(({ name }) =>
      name.endsWith("_count"),
    );
    expect(trips?.value).toBe(scenario?.metrics.round_trip_time.count);
  });

  it("put a time at a bound into its bucket, and one above it into the next", () => {
    const of = (connect_time: number) => ({ timings: { ...sessionFinished("a", 1).timings, connect_time } });
    const events = [
      runStarted("a"),
      scenarioStarted("a"),
      ...[5000, 5000.1, 70_000].flatMap((ms, index) => session(sessionFinished("a", index + 1, of(ms)))),
    ];
    const at = (le: string) => firstOf(events, "turnlab_connect_time_seconds", { le });
    expect([at("4.5"), at("5.0"), at("5.5"), at("60.0"), at("+Inf")]).toEqual([0, 1, 2, 2, 3]);
  });

  it("of a server's wires are counted from its rates, exactly", () => {
    const at = (sampledAtMs: number, rxBitsPerSecond: number | null) =>
      serverSampled("a", { sampledAtMs, rxBitsPerSecond, cpuPercent: 50 });
    const events = [runStarted("a"), scenarioStarted("a"), at(1000, null), at(3000, 800), at(3500, 1600)];
    const soFar = new MetricsSoFar();
    for (const event of events) soFar.add(event);
    const families = parseExposition(soFar.text("openmetrics"), "openmetrics");
    expect(families.get("turnlab_turn_server_network_bytes")?.samples[0]?.value).toBe(300);
    expect(families.get("turnlab_turn_server_cpu_ratio")?.samples[0]?.value).toBe(0.5);
    // What is no more has no load, but it had a peak.
    for (const event of [...labDown("a"), scenarioFinished("a")]) soFar.add(event);
    const after = parseExposition(soFar.text("openmetrics"), "openmetrics");
    expect(after.has("turnlab_turn_server_cpu_ratio")).toBe(false);
    expect(after.get("turnlab_turn_server_cpu_peak_ratio")?.samples[0]?.value).toBe(0.5);
  });
});

describe("while a run lasts", () => {
  const soFar = (...events: RunEvent[]) => {
    const metrics = new MetricsSoFar();
    for (const event of events) metrics.add(event);
    return parseExposition(metrics.text("openmetrics"), "openmetrics");
  };
  const is = (families: ReturnType<typeof soFar>, name: string) =>
    families.get(name)?.samples.find(({ value }) => value === 1)?.labels.status;

  it("before its first event nothing is told", () => {
    expect(new MetricsSoFar().text("openmetrics")).toBe("# EOF\n");
    expect(new MetricsSoFar().text("prometheus")).toBe("");
  });

  it("what can fail is at 0 before it does, so that its first failure is a rise", () => {
    const families = soFar(runStarted("a", "b"), scenarioStarted("a"));
    for (const name of ["turnlab_sessions_finished", "turnlab_relay_gatherings", "turnlab_reconnects"]) {
      expect(families.get(name)?.samples.length).toBeGreaterThan(1);
      for (const { value } of families.get(name)?.samples ?? []) expect(value).toBe(0);
    }
    expect(families.has("turnlab_session_success_ratio")).toBe(false);
    expect(is(families, "turnlab_run_status")).toBe("running");
    expect(families.get("turnlab_scenario_status")?.samples.filter(({ value }) => value === 1)).toMatchObject([
      { labels: { scenario: "a", status: "running" } },
      { labels: { scenario: "b", status: "waiting" } },
    ]);
  });

  it("sessions are open until they finish, or their scenario does", () => {
    const begun = [runStarted("a"), scenarioStarted("a"), sessionStarted("a", 1), sessionStarted("a", 2)];
    expect(soFar(...begun).get("turnlab_sessions_open")?.samples[0]?.value).toBe(2);
    const one = [...begun, sessionFinished("a", 1)];
    expect(soFar(...one).get("turnlab_sessions_open")?.samples[0]?.value).toBe(1);
    expect(soFar(...one, scenarioFinished("a")).get("turnlab_sessions_open")?.samples[0]?.value).toBe(0);
  });

  it("a log without an end is no verdict of a run that goes on, and errored in a report", () => {
    const cut = [runStarted("a", "b"), scenarioStarted("a"), ...session(sessionFinished("a", 1))];
    expect(is(soFar(...cut), "turnlab_run_status")).toBe("running");
    expect(sumOf(cut, "turnlab_run_status", { status: "errored" })).toBe(1);
    expect(sumOf(cut, "turnlab_scenario_status", { scenario: "b", status: "skipped" })).toBe(1);
    const interrupted = [...cut, runFinished({ interrupted: true })];
    expect(sumOf(interrupted, "turnlab_run_status", { status: "interrupted" })).toBe(1);
  });
});

describe("what an alert has to tell apart", () => {
  const { offerer } = sessionFinished("a", 1).peers;
  const url = (transport: string, outcome: "ok" | "failed" | "unfinished") =>
    ({
      url: `turn:34.1.2.3:3478?transport=${transport}`,
      outcome,
      durationMs: 1,
      ...(outcome === "failed" ? { failure: { code: "turn_no_answer" as const, message: "x" } } : {}),
    }) as const;
  const withUrls = (...urls: ReturnType<typeof url>[]) =>
    sessionFinished("a", 1, { peers: { offerer: { ...offerer, urls }, answerer: { ...offerer, urls: [] } } });
  const gathered = (...urls: ReturnType<typeof url>[]) =>
    samplesOf([runStarted("a"), scenarioStarted("a"), ...session(withUrls(...urls))], "turnlab_relay_gatherings")
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => `${labels.outcome} ${value}`);

  it("a peer has a relay where one URL gave one, and none where all failed; who had no TURN URL is not counted", () => {
    expect(gathered(url("udp", "failed"), url("tcp", "ok"))).toEqual(["relayed 1"]);
    expect(gathered(url("udp", "failed"), url("tcp", "failed"))).toEqual(["failed 1"]);
    expect(gathered(url("udp", "failed"), url("tcp", "unfinished"))).toEqual(["unfinished 1"]);
    expect(gathered()).toEqual([]);
  });

  it("which scenario may fail, and has no target then", () => {
    const expectations = (changes: Parameters<typeof aScenario>[0]) => {
      const events = [runStarted("a"), scenarioStarted("a", aScenario(changes))];
      const [info] = samplesOf(events, "turnlab_scenario");
      return [
        info?.labels.expects,
        firstOf(events, "turnlab_target_success_ratio"),
        firstOf(events, "turnlab_target_connect_time_seconds"),
      ];
    };
    expect(expectations({})).toEqual(["success", 0.95, 5]);
    expect(expectations({ expectedPath: "none", expectedFailure: "turn_unauthorized" })).toEqual([
      "failure",
      null,
      null,
    ]);
    expect(expectations({ thresholds: { connect_time: ["p(95)<1500"], session_success: ["rate>=0.8"] } })).toEqual([
      "success",
      0.8,
      1.5,
    ]);
  });

  it("silences, reconnects, and silences that a later session ended", () => {
    const silent = {
      at: 1000,
      isSilence: true,
      noticedAfterMs: 5,
      selectedAfterMs: null,
      pairBefore: null,
      pairAfter: null,
      urlBefore: { offerer: null, answerer: null },
      urlAfter: { offerer: null, answerer: null },
    };
    const events = [
      runStarted("a"),
      scenarioStarted("a"),
      ...session(sessionFinished("a", 1, { recoveries: [{ ...silent, restartedAfterMs: 10, recoveredAfterMs: 700 }] })),
      ...session(
        sessionFinished("a", 2, {
          dropped: true,
          recoveries: [{ ...silent, restartedAfterMs: null, recoveredAfterMs: null }],
        }),
      ),
    ];
    const counts = (all: RunEvent[]) => [
      sumOf(all, "turnlab_silences"),
      sumOf(all, "turnlab_recoveries"),
      sumOf(all, "turnlab_reconnects", { kind: "ice_restart" }),
      sumOf(all, "turnlab_reconnects", { kind: "new_call" }),
    ];
    expect(counts(events)).toEqual([2, 1, 1, 0]);
    const replaced = sessionFinished("a", 3, { replaces: { session: 2, recoveredAfterMs: 2500 } });
    expect(counts([...events, ...session(replaced)])).toEqual([2, 2, 1, 1]);
  });

  it("containers that died from those that were told to end", () => {
    const events = [runStarted("a"), scenarioStarted("a"), containerDied("a", "turn"), ...labDown("a", "offerer")];
    expect(samplesOf(events, "turnlab_container_deaths").map(({ labels }) => labels.node)).toEqual(["turn"]);
  });
});

it.each([
  ["openmetrics", "two-sessions.openmetrics.txt"],
  ["prometheus", "two-sessions.prom"],
] as const)("reads as golden/ shows: %s", async (format, file) => {
  const events = [
    runStarted("a"),
    scenarioStarted("a"),
    ...session(sessionFinished("a", 1)),
    ...session(failedSession("a", 2, "turn_no_answer", "turn:34.1.2.3:3478 did not answer")),
    serverSampled("a", { cpuPercent: 12.4 }),
    ...labDown("a"),
    scenarioFinished("a"),
    runFinished(),
  ];
  await expect(renderMetrics(events, format)).toMatchFileSnapshot(join(import.meta.dirname, "golden", file));
});

it("names that are markup to the format are escaped", () => {
  const events = [
    runStarted('a"b\\c'),
    scenarioStarted('a"b\\c'),
    browserReady('a"b\\c', "offerer", { version: "1\n2" }),
    ...session(failedSession('a"b\\c', 1, "turn_no_answer", "turn:34.1.2.3:3478 did not answer")),
  ];
  for (const format of FORMATS) {
    const text = renderMetrics(events, format);
    parseExposition(text, format);
    expect(text).toContain('scenario="a\\"b\\\\c"');
    expect(text).toContain('version="1\\n2"');
    expect(text).not.toContain("did not answer");
  }
});

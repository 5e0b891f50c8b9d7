import { jUnit } from "k6-junit";
import { describe, expect, it } from "vitest";
import type { RunEvent, SessionTimings } from "../../lab/model/events.ts";
import {
  aScenario,
  exampleRun,
  failedSession,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "../example-run.ts";
import { summarize } from "../summarize.ts";
import { renderK6Ndjson } from "./ndjson.ts";
import { renderK6Summary, renderK6SummaryExport } from "./summary.ts";

const events = exampleRun();
const summary = summarize(events);

type Line = {
  type: "Metric" | "Point";
  metric: string;
  data: {
    name?: string;
    type?: string;
    contains?: string;
    thresholds?: unknown[];
    time?: string;
    value?: number;
    tags?: Record<string, string>;
  };
};
const lines = renderK6Ndjson(events)
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Line);
const points = lines.filter(({ type }) => type === "Point");

type Metric = {
  type: string;
  contains: string;
  values: Record<string, number>;
  thresholds?: Record<string, { ok: boolean }>;
};
const exported = JSON.parse(renderK6Summary(events)) as {
  state: { testRunDurationMs: number };
  metrics: Record<string, Metric>;
};

describe("a run as k6 would have written it", () => {
  it("defines each metric once, before its first point", () => {
    const defined = new Set<string>();
    for (const { type, metric, data } of lines) {
      if (type === "Metric") {
        expect(defined.has(metric)).toBe(false);
        expect(data).toMatchObject({ name: metric });
        defined.add(metric);
      } else expect(defined.has(metric)).toBe(true);
    }
    expect(lines.find(({ metric }) => metric === "connect_time")?.data).toMatchObject({
      type: "trend",
      contains: "time",
    });
  });

  it("has every sample that the summary counts, and no other", () => {
    const countOf = (name: string) => points.filter(({ metric }) => metric === name).length;
    const started = summary.scenarios.reduce((total, { sessions }) => total + sessions.started, 0);
    const finished = summary.scenarios.reduce((total, { sessions }) => total + sessions.connected + sessions.failed, 0);
    expect(countOf("sessions")).toBe(started);
    expect(countOf("iterations")).toBe(finished);
    for (const name of ["connect_time", "gather_time", "turn_allocate_time"] as const)
      expect(countOf(name)).toBe(summary.scenarios.reduce((total, { metrics }) => total + metrics[name].count, 0));
  });

  it("tells when, of which scenario, and why one failed", () => {
    const failed = points.find(({ metric, data }) => metric === "session_success" && data.value === 0);
    expect(failed?.data.tags).toMatchObject({ scenario: expect.any(String), failure: expect.any(String) });
    expect(points.every(({ data }) => !Number.isNaN(Date.parse(data.time ?? "")))).toBe(true);
  });

  it("sums up as handleSummary is told, and keeps each scenario's thresholds to itself", () => {
    const { metrics, state } = exported;
    expect(state.testRunDurationMs).toBe(summary.durationMs);
    expect(metrics.connect_time?.values).toHaveProperty("p(95)");
    expect(metrics.session_success?.values).toMatchObject({ passes: expect.any(Number), fails: expect.any(Number) });
    expect(metrics.connect_time?.thresholds).toBeUndefined();
    const own = metrics["connect_time{scenario:udp-blocked-office}"];
    expect(own?.thresholds).toEqual({ "p(95)<5000": { ok: false }, "max<20000": { ok: true } });
    expect(own?.values.count).toBe(6);
    expect(metrics.sessions?.values.count).toBe(points.filter(({ metric }) => metric === "sessions").length);
  });

  it("judges as the lab does", () => {
    const judged = summary.scenarios.flatMap(({ name, thresholds }) =>
      thresholds.map(({ metric, expression, verdict }) => {
        const ok = exported.metrics[`${metric}{scenario:${name}}`]?.thresholds?.[expression]?.ok;
        return [metric, verdict === "passed", ok];
      }),
    );
    expect(judged.length).toBeGreaterThan(4);
    for (const [, passed, ok] of judged) expect(ok).toBe(passed);
  });

  it("is empty where nothing was measured", () => {
    expect(renderK6Ndjson([])).toBe("");
    expect(JSON.parse(renderK6Summary([]))).toMatchObject({ metrics: {} });
  });
});

/** One scenario with tags of its own, and thresholds on parts of metrics: a call that connects and one that does not. */
function taggedRun(): RunEvent[] {
  const definition = aScenario({
    load: { executor: "per-vu-iterations", vus: 2, iterations: 1, tags: { release: "4.17" } },
    thresholds: {
      "connect_time{path:relayed,transport:tls}": [
        { threshold: "p(95)<5000", abortOnFail: true, delayAbortEval: "10s" },
        { threshold: "max<9000", abortOnFail: false },
      ],
      "message_delivery{release:4.17}": ["rate>0.9"],
      "session_success{path:direct}": ["rate>0.5"],
    },
  });
  const connected = sessionFinished("office", 1);
  const own = { ...connected.peers.offerer, selectedTransport: "tls" as const, messagesSent: 1, messagesReceived: 2 };
  const far = { ...connected.peers.answerer, messagesSent: 2, messagesReceived: 0 };
  const of: SessionTimings["turn_allocate_of"] = [
    { role: "offerer", transport: "tls" },
    { role: "answerer", transport: "udp" },
  ];
  return [
    runStarted("office"),
    scenarioStarted("office", definition),
    ...session({
      ...connected,
      timings: { ...connected.timings, turn_allocate_of: of },
      peers: { offerer: own, answerer: far },
    }),
    ...session(failedSession("office", 2, "turn_no_answer", "turn:34.1.2.3:3478 did not answer")),
    scenarioFinished("office"),
    runFinished(),
  ];
}

describe("tags and sub-metrics", () => {
  const events = taggedRun();

  it("read as k6 writes them", async () => {
    await expect(renderK6Ndjson(events)).toMatchFileSnapshot("golden/run.ndjson");
    await expect(renderK6Summary(events)).toMatchFileSnapshot("golden/summary.json");
    await expect(renderK6SummaryExport(events)).toMatchFileSnapshot("golden/summary-export.json");
  });

  it("are read by a reader of k6's summaries: a test case for each threshold", () => {
    const xml = jUnit(JSON.parse(renderK6Summary(events)) as object);
    const cases = [...xml.matchAll(/<testcase name="([^"]*)" classname="Thresholds" (\/?)>/g)];
    expect(cases.map(([, name, end]) => `${end === "/" ? "passed" : "failed"} ${name}`)).toEqual([
      "failed session_success: rate&gt;0.95",
      "failed session_success{path:direct}: rate&gt;0.5",
      "passed connect_time: p(95)&lt;5000",
      "passed connect_time{path:relayed,transport:tls}: p(95)&lt;5000",
      "passed connect_time{path:relayed,transport:tls}: max&lt;9000",
      "failed message_delivery{release:4.17}: rate&gt;0.9",
    ]);
  });
});

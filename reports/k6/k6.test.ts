import { describe, expect, it } from "vitest";
import { exampleRun } from "../example-run.ts";
import { summarize } from "../summarize.ts";
import { renderK6Ndjson } from "./ndjson.ts";
import { renderK6Summary } from "./summary.ts";

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
        expect(data).toMatchObject({ name: metric, submetrics: null });
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

  it("sums up as handleSummary is told, and judges thresholds over all scenarios", () => {
    const { metrics, state } = exported;
    expect(state.testRunDurationMs).toBe(summary.durationMs);
    expect(metrics.connect_time?.values).toHaveProperty("p(95)");
    expect(metrics.session_success?.values).toMatchObject({ passes: expect.any(Number), fails: expect.any(Number) });
    expect(Object.keys(metrics.connect_time?.thresholds ?? {})).toEqual(["p(95)<5000", "max<20000"]);
    expect(metrics.sessions?.values.count).toBe(points.filter(({ metric }) => metric === "sessions").length);
  });

  it("is empty where nothing was measured", () => {
    expect(renderK6Ndjson([])).toBe("");
    expect(JSON.parse(renderK6Summary([]))).toMatchObject({ metrics: {} });
  });
});

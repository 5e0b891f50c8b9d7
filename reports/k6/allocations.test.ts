import { describe, expect, it } from "vitest";
import { aLoad, loadRun, measured, NAME, STRETCHES } from "../example-allocations.ts";
import { renderK6Ndjson } from "./ndjson.ts";
import { renderK6Summary } from "./summary.ts";

describe("a load of raw TURN clients as k6 would have written it", () => {
  const events = loadRun();
  const points = renderK6Ndjson(events)
    .trimEnd()
    .split("\n")
    .map(
      (line) =>
        JSON.parse(line) as { type: string; metric: string; data: { value: number; tags: Record<string, string> } },
    )
    .filter(({ type }) => type === "Point");
  const of = (metric: string) => points.filter((point) => point.metric === metric);

  it("has a point for each value of a histogram, each outcome and each packet", () => {
    expect(of("connect_time")).toHaveLength(96);
    expect(of("connect_time").every(({ data }) => data.tags.scenario === NAME && data.tags.transport === "udp")).toBe(
      true,
    );
    expect(of("allocation_success").filter(({ data }) => data.value === 1)).toHaveLength(94);
    expect(of("allocation_success")).toHaveLength(100);
    expect(of("packet_delivery")).toHaveLength(900);
    expect(of("session_success")).toEqual([]);
    expect(of("iteration_duration")).toEqual([]);
  });

  it("keeps the proportions where there are too many, and says so", () => {
    const many = measured(NAME, 4, { packetsReceived: 290_000, packetsLost: 10_000 });
    const lines = renderK6Ndjson(loadRun(aLoad(), [...STRETCHES, many]))
      .trimEnd()
      .split("\n")
      .filter((line) => line.includes('"packet_delivery","type":"Point"'));
    expect(lines.length).toBeLessThanOrEqual(100_000);
    expect(lines.length).toBeGreaterThan(70_000);
    expect(lines.at(-1)).toContain('"one_in":"4"');
    const hits = lines.filter((line) => line.includes('"value":1,')).length;
    expect(hits / lines.length).toBeCloseTo(290_890 / 300_900, 3);
  });

  it("sums up what the histograms say, with the lab's own verdicts", () => {
    const { metrics } = JSON.parse(renderK6Summary(events)) as {
      metrics: Record<string, { values: Record<string, number>; thresholds?: Record<string, { ok: boolean }> }>;
    };
    expect(metrics.round_trip_time?.values).toMatchObject({ count: 890, max: expect.closeTo(1_000, -1) as number });
    expect(metrics.packets_on_time).toMatchObject({
      values: { passes: 900, fails: 100, rate: 0.9 },
    });
    expect(metrics.iterations?.values.count).toBe(100);
  });
});

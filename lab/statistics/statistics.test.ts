import { describe, expect, it } from "vitest";
import { percentile, sorted, statistics, wilson } from "./statistics.ts";

describe("statistics", () => {
  it("is null throughout when there are no values", () => {
    expect(statistics([], "ms")).toEqual({
      unit: "ms",
      count: 0,
      min: null,
      avg: null,
      med: null,
      "p(90)": null,
      "p(95)": null,
      "p(99)": null,
      max: null,
    });
  });

  it("does not mind the order, and leaves its input alone", () => {
    const values = [30, 10, 20];
    expect(statistics(values, "ms")).toMatchObject({ count: 3, min: 10, avg: 20, med: 20, max: 30 });
    expect(values).toEqual([30, 10, 20]);
  });

  it("is the value itself for one value", () => {
    expect(statistics([7], "ms")).toMatchObject({ count: 1, min: 7, avg: 7, med: 7, "p(90)": 7, "p(99)": 7, max: 7 });
  });

  it("keeps a true 0", () => {
    expect(statistics([0, 0], "count")).toMatchObject({ count: 2, min: 0, avg: 0, max: 0 });
  });
});

describe("percentile", () => {
  // k6: metrics/sink.go, TrendSink.P: i = pct * (n - 1), between floor(i) and ceil(i).
  const k6 = (ascending: number[], percent: number): number => {
    const rank = (percent / 100) * (ascending.length - 1);
    const low = ascending[Math.floor(rank)] ?? Number.NaN;
    const high = ascending[Math.ceil(rank)] ?? Number.NaN;
    return low + (high - low) * (rank - Math.floor(rank));
  };

  it.each([0, 1, 25, 50, 90, 95, 99, 99.9, 100])("p(%d) is what k6 computes", (percent) => {
    for (let n = 1; n <= 50; n += 1) {
      const values = sorted(Array.from({ length: n }, (_, i) => (i * 7919) % 101));
      expect(percentile(values, percent)).toBeCloseTo(k6(values, percent), 9);
    }
  });

  it("interpolates by hand: p(95) of 1 to 10 is 9.55", () => {
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 95)).toBeCloseTo(9.55, 12);
  });
});

describe("wilson", () => {
  it("has no interval without samples", () => {
    expect(wilson(0, 0)).toBeNull();
  });

  it("is 0.4038 to 0.5962 for 50 of 100", () => {
    const [low, high] = wilson(50, 100) ?? [];
    expect(low).toBeCloseTo(0.4038, 4);
    expect(high).toBeCloseTo(0.5962, 4);
  });

  it.each([
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
  ])("%d of %d has a width and stays inside 0 to 1", (successes, n, low, high) => {
    const interval = wilson(successes, n) ?? [];
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  });
});

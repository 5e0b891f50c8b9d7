import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { distributionOf, quantileOf } from "./distribution.ts";
import { leastSamples, quantileDifference, quantileInterval } from "./quantile-difference.ts";
import { percentile, sorted } from "./statistics.ts";
import { seededRandom } from "./test-random.ts";

/** As connect times are: a floor, a long tail, and steps. */
const time = (random: () => number) => Math.round(100 + 80 * -Math.log(1 - random()));

const draw = (count: number, random: () => number, scale = 1) =>
  distributionOf(Array.from({ length: count }, () => time(random) * scale));

describe("a distribution", () => {
  it("has the quantiles that percentiles are elsewhere", () => {
    const random = seededRandom(1);
    const samples = Array.from({ length: 137 }, () => time(random));
    for (const p of [0, 0.05, 0.5, 0.9, 0.95, 1])
      expect(quantileOf(distributionOf(samples), p)).toBeCloseTo(percentile(sorted(samples), p * 100) ?? Number.NaN, 9);
    expect(quantileOf(distributionOf([]), 0.5)).toBeNull();
  });

  it("takes histograms with how often each value was", () => {
    const histogram = build({ useWebAssembly: false });
    for (const ms of [0.5, 1, 1, 1.5, 1.5, 1.5]) histogram.recordValue(ms * 1_000);
    const encoded = encodeIntoCompressedBase64(histogram);
    const all = distributionOf([4, 4], [encoded, encoded]);
    expect(all).toEqual({ values: [0.5, 1, 1.5, 4], upTo: [2, 6, 12, 14], count: 14 });
    expect(quantileOf(all, 0.5)).toBe(1.5);
  });
});

describe("the interval of a quantile", () => {
  it("lies between the ranks of the tables", () => {
    // Median of 20, 95 %: ranks 6 and 15 (Conover 1999, table A3).
    expect(quantileInterval(distributionOf(Array.from({ length: 20 }, (_, index) => index + 1)), 0.5)).toEqual([6, 15]);
  });

  it("is none of too few samples, and says how many it takes", () => {
    expect(leastSamples(0.5)).toBe(6);
    expect(leastSamples(0.95)).toBe(72);
    for (const [p, least] of [
      [0.5, 6],
      [0.95, 72],
    ] as const) {
      const ofSize = (count: number) => quantileInterval(distributionOf(Array.from({ length: count }, (_, i) => i)), p);
      expect(ofSize(least)).not.toBeNull();
      expect(ofSize(least - 1)).toBeNull();
    }
    expect(quantileInterval(distributionOf([]), 0.5)).toBeNull();
  });
});

describe("the difference of two quantiles", () => {
  /** Quantile p of what `time` draws from. */
  const exact = (p: number) => 100 - 80 * Math.log(1 - p);

  it.each([
    [0.5, 20, 20, 1],
    [0.5, 20, 200, 1.3],
    [0.95, 100, 150, 1],
    [0.95, 300, 100, 1.3],
  ])("of %d, of %d and %d samples, scaled by %d: the interval holds as often as it says", (p, first, second, scale) => {
    const random = seededRandom(5);
    const truth = exact(p) * (scale - 1);
    const plays = 500;
    let held = 0;
    for (let play = 0; play < plays; play += 1) {
      const found = quantileDifference(draw(first, random), draw(second, random, scale), p);
      const [low, high] = found?.interval ?? [Number.NaN, Number.NaN];
      if (low <= truth && truth <= high) held += 1;
    }
    expect(held / plays).toBeGreaterThan(0.94);
    // And does not hold by being as wide as it likes.
    expect(held / plays).toBeLessThan(0.999);
  });

  it("finds a third more in most of the times that it looks", () => {
    const random = seededRandom(6);
    const shown = Array.from({ length: 200 }, () => quantileDifference(draw(60, random), draw(60, random, 1.33), 0.5));
    expect(shown.filter((one) => (one?.interval?.[0] ?? 0) > 0).length / 200).toBeGreaterThan(0.8);
  });

  it("has no interval of too few samples, and is none without any", () => {
    expect(quantileDifference(distributionOf([1, 2]), distributionOf([5]), 0.5)).toEqual({
      difference: 3.5,
      interval: null,
    });
    expect(quantileDifference(distributionOf([]), distributionOf([5]), 0.5)).toBeNull();
  });
});

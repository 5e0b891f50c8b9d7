import { describe, expect, it } from "vitest";
import { pairedRatio, shareDifference } from "./paired-difference.ts";
import { roughlyNormal, seededRandom } from "./test-random.ts";

const MARGIN = 0.25;

/** Rounds in which the machine is up to three times as slow for both, each side with noise of its own. */
function rounds(ratio: number, count: number, random: () => number) {
  return Array.from({ length: count }, () => {
    const machine = 100 * 3 ** random();
    const noise = () => Math.exp(0.1 * roughlyNormal(random));
    return { candidate: machine * ratio * noise(), baseline: machine * noise() };
  });
}

describe("the difference of paired figures", () => {
  it("goes by Student's t of the logarithms", () => {
    const pairs = [110, 121, 133.1].map((candidate) => ({ candidate, baseline: 100 }));
    const { change, interval, rounds: used } = pairedRatio(pairs, MARGIN, 0.95);
    expect(used).toBe(3);
    expect(change).toBeCloseTo(0.21, 6);
    // ln 1.21 ± 4.302653 × ln 1.1 / √3, by a table of t for 2 degrees of freedom.
    const half = (4.302653 * Math.log(1.1)) / Math.sqrt(3);
    expect(interval?.[0]).toBeCloseTo(Math.exp(Math.log(1.21) - half) - 1, 5);
    expect(interval?.[1]).toBeCloseTo(Math.exp(Math.log(1.21) + half) - 1, 5);
  });

  it("finds half more in eight noisy rounds, and fails for it", () => {
    expect(pairedRatio(rounds(1.8, 8, seededRandom(3)), MARGIN, 0.99).verdict).toBe("worse");
  });

  it("calls what is smaller than the noise none, and what is inside of the margin within", () => {
    expect(pairedRatio(rounds(1, 8, seededRandom(4)), MARGIN, 0.99).verdict).toBe("none");
    expect(pairedRatio(rounds(1.15, 60, seededRandom(5)), MARGIN, 0.99).verdict).toBe("within");
    expect(pairedRatio(rounds(0.5, 8, seededRandom(6)), MARGIN, 0.99).verdict).toBe("better");
  });

  it("cries wolf no oftener than its confidence allows, at the margin itself", () => {
    const random = seededRandom(8);
    const verdicts = Array.from({ length: 1_000 }, () => pairedRatio(rounds(1.25, 6, random), MARGIN, 0.95).verdict);
    expect(verdicts.filter((verdict) => verdict === "worse").length / 1_000).toBeLessThan(0.04);
  });

  it("knows that equal figures that come in steps are not exact", () => {
    const equal = [150, 150, 150].map((candidate) => ({ candidate, baseline: 100 }));
    expect(pairedRatio(equal, MARGIN, 0.99).verdict).toBe("worse");
    expect(pairedRatio(equal, MARGIN, 0.99, 0.05).verdict).not.toBe("worse");
  });

  it("says nothing of fewer than three rounds, nor of figures that are none", () => {
    expect(pairedRatio(rounds(2, 2, seededRandom(1)), MARGIN, 0.95)).toMatchObject({
      change: null,
      verdict: "undecided",
    });
    expect(pairedRatio([{ candidate: 0, baseline: 1 }], MARGIN, 0.95)).toMatchObject({
      rounds: 0,
      verdict: "undecided",
    });
  });
});

describe("the difference of two shares", () => {
  it("is Newcombe's interval", () => {
    // Newcombe 1998, table II, (a): 56/70 against 48/80, 95 %: 0.0524 to 0.3339.
    const shares = { candidate: { calls: 70, good: 56 }, baseline: { calls: 80, good: 48 } };
    const { change, interval, verdict } = shareDifference(shares, 1, 0.04, 0.95);
    expect(change).toBeCloseTo(0.2, 6);
    expect(interval?.[0]).toBeCloseTo(0.0524, 4);
    expect(interval?.[1]).toBeCloseTo(0.3339, 4);
    expect(verdict).toBe("better");
  });

  it("is worse only beyond its margin, and none where both have all", () => {
    const of = (good: number, other: number) =>
      shareDifference({ candidate: { calls: 200, good }, baseline: { calls: 200, good: other } }, 1, 0.04, 0.99)
        .verdict;
    expect(of(120, 200)).toBe("worse");
    expect(of(200, 200)).toBe("none");
    expect(of(199, 200)).toBe("none");
  });

  it("says nothing of a side without calls", () => {
    const none = { calls: 0, good: 0 };
    expect(shareDifference({ candidate: none, baseline: { calls: 5, good: 5 } }, 0, 0.04, 0.95).verdict).toBe(
      "undecided",
    );
  });
});

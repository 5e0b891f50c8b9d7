import { describe, expect, it } from "vitest";
import { regressionEvidence } from "./regression-test.ts";
import { seededRandom } from "./test-random.ts";

const all = (outcome: boolean, length: number) => Array.from({ length }, () => outcome);

/** Whether the evidence ever reaches that much when one looks after every pair. */
function everReaches(rates: { candidate: number; baseline: number }, evidence: number, random: () => number): boolean {
  const calls: { candidate: boolean[]; baseline: boolean[] } = { candidate: [], baseline: [] };
  for (let pair = 0; pair < 80; pair += 1) {
    calls.candidate.push(random() < rates.candidate);
    calls.baseline.push(random() < rates.baseline);
    if (regressionEvidence(calls.candidate, calls.baseline) >= evidence) return true;
  }
  return false;
}

function share(candidate: number, baseline: number, evidence: number): number {
  const random = seededRandom(11);
  const runs = Array.from({ length: 1_500 }, () => everReaches({ candidate, baseline }, evidence, random));
  return runs.filter(Boolean).length / runs.length;
}

describe("the test of a candidate against its baseline", () => {
  it("is nothing without pairs, and speaks of pairs alone", () => {
    expect(regressionEvidence([], all(true, 50))).toBe(1);
    expect(regressionEvidence(all(false, 2), all(true, 50))).toBe(regressionEvidence(all(false, 2), all(true, 2)));
  });

  it("comes to 600 in six pairs when the candidate never connects", () => {
    expect(regressionEvidence(all(false, 6), all(true, 6))).toBeGreaterThan(600);
    expect(regressionEvidence(all(false, 4), all(true, 4))).toBeLessThan(100);
  });

  it("does not speak against a candidate that is as bad as its baseline", () => {
    expect(regressionEvidence(all(false, 40), all(false, 40))).toBeLessThan(1);
    expect(regressionEvidence(all(true, 400), all(true, 400))).toBeLessThan(1);
  });

  it.each([0, 0.5, 0.9, 0.99, 1])(
    "holds its error rate where both connect at %d, although it looks every time",
    (rate) => {
      expect(share(rate, rate, 20)).toBeLessThanOrEqual(0.05);
    },
  );

  it("finds a candidate of half the calls, and most of those that lose one in ten", () => {
    expect(share(0.5, 1, 200)).toBeGreaterThan(0.95);
    expect(share(0.8, 1, 200)).toBeGreaterThan(0.7);
  });
});

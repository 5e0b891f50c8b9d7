import { describe, expect, it } from "vitest";
import { callsToGood, type Decision, sequentialDecision } from "./sequential-test.ts";
import { seededRandom } from "./test-random.ts";

const RATES = { bad: 0.95, good: 0.99 };
const ERRORS = { good: 0.05, bad: 0.05 };

/** Looks after every call, and stops at the first decision. */
function play(rate: number, random: () => number): { decision: Decision; calls: number } {
  let succeeded = 0;
  for (let calls = 1; calls <= 5_000; calls += 1) {
    if (random() < rate) succeeded += 1;
    const decision = sequentialDecision({ calls, succeeded }, RATES, ERRORS);
    if (decision !== "undecided") return { decision, calls };
  }
  return { decision: "undecided", calls: 5_000 };
}

function share(rate: number, decision: Decision): number {
  const random = seededRandom(7);
  const runs = Array.from({ length: 3_000 }, () => play(rate, random).decision);
  return runs.filter((made) => made === decision).length / runs.length;
}

describe("the sequential test of a rate", () => {
  it("does not take 20 of 20 for more than 95 %", () => {
    expect(sequentialDecision({ calls: 20, succeeded: 20 }, RATES, ERRORS)).toBe("undecided");
  });

  it("needs 73 calls without a failure to be good, and 39 more for each failure", () => {
    expect(sequentialDecision({ calls: 72, succeeded: 72 }, RATES, ERRORS)).toBe("undecided");
    expect(sequentialDecision({ calls: 73, succeeded: 73 }, RATES, ERRORS)).toBe("good");
    expect(sequentialDecision({ calls: 112, succeeded: 111 }, RATES, ERRORS)).toBe("undecided");
    expect(sequentialDecision({ calls: 113, succeeded: 112 }, RATES, ERRORS)).toBe("good");
    expect(callsToGood({ calls: 0, succeeded: 0 }, RATES, ERRORS.good)).toBe(73);
    expect(callsToGood({ calls: 73, succeeded: 73 }, RATES, ERRORS.good)).toBe(0);
    expect(callsToGood({ calls: 1, succeeded: 0 }, RATES, ERRORS.good)).toBe(112);
  });

  it("knows after two failing calls that a rate is bad, when nothing else came", () => {
    expect(sequentialDecision({ calls: 1, succeeded: 0 }, RATES, ERRORS)).toBe("undecided");
    expect(sequentialDecision({ calls: 2, succeeded: 0 }, RATES, ERRORS)).toBe("bad");
  });

  it("holds its error rates although it looks after every call", () => {
    expect(share(RATES.bad, "good")).toBeLessThanOrEqual(ERRORS.good);
    expect(share(RATES.good, "bad")).toBeLessThanOrEqual(ERRORS.bad);
    // And does not hold them by never deciding.
    expect(share(RATES.good, "good")).toBeGreaterThan(0.9);
    expect(share(RATES.bad, "bad")).toBeGreaterThan(0.9);
  });

  it("says nothing without calls", () => {
    expect(sequentialDecision({ calls: 0, succeeded: 0 }, RATES, ERRORS)).toBe("undecided");
  });

  it("takes a good rate of 1 at its word: one failure is enough", () => {
    expect(sequentialDecision({ calls: 50, succeeded: 49 }, { bad: 0.95, good: 1 }, ERRORS)).toBe("bad");
  });
});

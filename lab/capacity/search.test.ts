import { describe, expect, it } from "vitest";
import type { SearchAsk } from "../model/capacity-search.ts";
import { roughlyNormal, seededRandom } from "../statistics/test-random.ts";
import { nextStep } from "./search.ts";
import { anAsk, aStep, aUse, fakeKnee, fakeStep, playSearch } from "./test-server.ts";

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describe("a server without noise", () => {
  it.each([0.1, 0.25, 0.5, 1, 4])("of %f cores: the knee within its precision, confirmed on both sides", (cpus) => {
    for (const firstGuess of [1, 7, 60, 900, 20_000]) {
      const ask = anAsk({ size: { cpus }, firstGuess });
      const { end, steps } = playSearch(ask, (next) => fakeStep(ask, next));
      const knee = fakeKnee(ask);
      expect(end.reason).toBe("found");
      expect(end.carried).toBeLessThanOrEqual(knee);
      expect(end.notCarried).toBeGreaterThan(knee);
      expect((end.notCarried ?? 0) - (end.carried ?? 0)).toBeLessThanOrEqual(Math.max(1, 0.05 * knee));
      expect(end.below).toEqual({ calls: end.carried, holdMs: 6_000, carried: 1, held: 1 });
      expect(end.above).toEqual({ calls: end.notCarried, holdMs: 6_000, carried: 0, held: 1 });
      expect(end.noise).toEqual([]);
      expect(steps.length).toBeLessThanOrEqual(24);
      expect(steps.every(({ calls }) => Number.isInteger(calls) && calls >= 1)).toBe(true);
    }
  });

  it("finds a knee of one call, and of two", () => {
    for (const knee of [1, 2]) {
      const ask = anAsk();
      const { end } = playSearch(ask, ({ calls, holdMs }) => lossy(calls, holdMs, calls > knee));
      expect(end).toMatchObject({ reason: "found", carried: knee, notCarried: knee + 1 });
    }
  });
});

describe("a server with noise", () => {
  /** 2 % of scatter; and `outliers`: the share of steps that fail for no reason of the server's. */
  function play(seed: number, ask: SearchAsk, outliers = 0) {
    const random = seededRandom(seed);
    const noise = () => 1 + 0.02 * roughlyNormal(random);
    return playSearch(ask, (next) => {
      const step = fakeStep(ask, next, { noise });
      return random() < outliers ? { ...step, packetsLost: step.packetsSent / 20 } : step;
    });
  }

  it.each([
    { outliers: 0, most: 0.05, steps: 24 },
    { outliers: 1 / 30, most: 0.1, steps: 40 },
  ])(
    "is found by 200 of 200 seeds, $outliers of the steps bad: off by less than $most",
    ({ outliers, most, steps }) => {
      const ask = anAsk();
      const knee = fakeKnee(ask);
      const runs = SEEDS.map((seed) => play(seed, ask, outliers));
      const off = runs.map(({ end }) => Math.abs((end.carried ?? 0) / knee - 1));
      expect(runs.every(({ end }) => end.reason === "found")).toBe(true);
      expect(Math.max(...off)).toBeLessThan(most);
      expect(off.filter((share) => share > 0.05).length).toBeLessThanOrEqual(4);
      expect(Math.max(...runs.map((run) => run.steps.length))).toBeLessThanOrEqual(steps);
    },
  );

  it("agrees with itself within 10 %", () => {
    const ask = anAsk();
    const knees = SEEDS.map((seed) => play(seed, ask, 1 / 30).end.carried ?? 0);
    const pairs = knees.slice(1).map((knee, index) => Math.abs(knee / (knees[index] ?? 1) - 1));
    expect(pairs.filter((off) => off > 0.1)).toEqual([]);
  });

  it("says which loads did not agree", () => {
    const ask = anAsk();
    const told = SEEDS.flatMap((seed) => play(seed, ask, 1 / 30).end.noise);
    expect(told.length).toBeGreaterThan(50);
    expect(told[0]).toMatch(/^\d+ calls were carried \d+ of \d+ times\.$/);
  });

  it("holds again what failed below a load that was carried, and counts the majority", () => {
    const ask = anAsk({ firstGuess: 50 });
    const steps = [aStep({ calls: 100 }), lossy(50, 3_000, true)];
    expect(nextStep(ask, steps)).toMatchObject({ calls: 50 });
    steps.push(aStep({ calls: 50 }));
    expect(nextStep(ask, steps)).toMatchObject({ calls: 50 });
    steps.push(aStep({ calls: 50 }));
    expect(nextStep(ask, steps)).toMatchObject({ calls: 200 });
  });

  it("stays below what fails for good, whatever was carried above", () => {
    const ask = anAsk({ firstGuess: 40 });
    // A hole from 90 to 95.
    const { end } = playSearch(ask, ({ calls, holdMs }) =>
      lossy(calls, holdMs, calls > 300 || (calls >= 78 && calls <= 95)),
    );
    expect(end.reason).toBe("found");
    expect(end.carried).toBeLessThan(78);
  });
});

describe("a search without a knee", () => {
  it("ends where not one call is carried", () => {
    const ask = anAsk();
    const { end, steps } = playSearch(ask, ({ calls, holdMs }) => lossy(calls, holdMs, true));
    expect(end).toMatchObject({ reason: "never_passed", carried: null, notCarried: 1 });
    expect(steps.length).toBeLessThanOrEqual(10);
    expect(steps.filter(({ calls }) => calls === 1)).toHaveLength(2);
  });

  it("ends at what the lab can make, once it was held long enough", () => {
    const ask = anAsk({ most: { calls: 500, reason: "ports" } });
    const { end, steps } = playSearch(ask, ({ calls, holdMs }) => lossy(calls, holdMs, false));
    expect(end).toMatchObject({ reason: "never_failed", carried: 500, notCarried: null });
    expect(end.below).toMatchObject({ calls: 500, carried: 1 });
    expect(Math.max(...steps.map(({ calls }) => calls))).toBe(500);
  });

  it("calls it no knee where the generator bound, after it looked below", () => {
    const ask = anAsk();
    const { end } = playSearch(ask, ({ calls, holdMs }) => tired(calls, holdMs, 333));
    expect(end.reason).toBe("generator");
    expect(end.notCarried).toBeNull();
    expect(end.carried).toBeGreaterThan(333 / 1.06);
    expect(end.carried).toBeLessThanOrEqual(333);
  });

  it("finds the server's knee below the generator's", () => {
    const ask = anAsk({ firstGuess: 300 });
    const { end } = playSearch(ask, ({ calls, holdMs }) =>
      calls > 280 ? tired(calls, holdMs, 280) : lossy(calls, holdMs, calls > 200),
    );
    expect(end).toMatchObject({ reason: "found" });
    expect(end.carried).toBeGreaterThan(190);
    expect(end.carried).toBeLessThanOrEqual(200);
  });

  it("leaves a knee unconfirmed where the generator was late in between, and the server failed above", () => {
    const ask = anAsk({ firstGuess: 15 });
    const { end } = playSearch(ask, ({ calls, holdMs }) =>
      calls > 35 && calls < 42 ? tired(calls, holdMs, 30) : lossy(calls, holdMs, calls >= 42),
    );
    expect(end).toMatchObject({ reason: "unconfirmed", carried: 35, notCarried: 42, below: { calls: 35, carried: 1 } });
  });

  it("says so where even one call is more than the generator can make", () => {
    const ask = anAsk();
    expect(playSearch(ask, ({ calls, holdMs }) => tired(calls, holdMs, 0)).end).toMatchObject({
      reason: "generator",
      carried: null,
      notCarried: null,
    });
  });

  it("blames the generator and not the time, where what came next was twice more than it could make", () => {
    const ask = anAsk({ firstGuess: 20, settings: { ...anAsk().settings, maxSteps: 3 } });
    const { end } = playSearch(ask, ({ calls, holdMs }) => tired(calls, holdMs, 30));
    expect(end).toMatchObject({ reason: "generator", carried: 20, notCarried: null });
  });

  it("keeps to its steps and its time, and says whether it had bracketed", () => {
    const ask = anAsk({ settings: { ...anAsk().settings, maxSteps: 1 } });
    expect(playSearch(ask, (next) => fakeStep(ask, next)).end).toMatchObject({ reason: "budget" });
    const short = anAsk({ settings: { ...anAsk().settings, budgetMs: 30_000 } });
    const { end, steps } = playSearch(short, (next) => fakeStep(short, next));
    expect(end.reason).toBe("unconfirmed");
    expect(steps.reduce((sum, { durationMs }) => sum + durationMs + 1_000, 0)).toBeLessThanOrEqual(31_000);
    expect(nextStep(anAsk({ settings: { ...ask.settings, budgetMs: 0 } }), [])).toMatchObject({
      done: { reason: "budget", carried: null },
    });
  });
});

describe("a server that dies", () => {
  it("is brought to that as few times as it takes, and its knee is found", () => {
    const ask = anAsk();
    const { end, steps } = playSearch(ask, ({ calls, holdMs }) =>
      calls > 150
        ? aStep({ calls, held: 0, durationMs: 700, packetsSent: 900, server: aUse({ isAlive: false }) })
        : lossy(calls, holdMs, false),
    );
    expect(end).toMatchObject({ reason: "found" });
    expect(end.carried).toBeGreaterThan(142);
    expect(end.carried).toBeLessThanOrEqual(150);
    expect(end.above).toMatchObject({ calls: end.notCarried, carried: 0, held: 1 });
    expect(steps.filter(({ server }) => !server.isAlive).length).toBeLessThanOrEqual(5);
  });

  it("of every load is never held longer than it lives", () => {
    const ask = anAsk({ firstGuess: 4 });
    const { end, steps } = playSearch(ask, ({ calls }) =>
      aStep({ calls, held: 0, durationMs: 0, packetsSent: 0, server: aUse({ isAlive: false, isOutOfMemory: true }) }),
    );
    expect(end.reason).toBe("never_passed");
    expect(steps.map(({ calls }) => calls)).toEqual([4, 2, 1]);
  });
});

it("answers the same for the same steps", () => {
  const ask = anAsk();
  const { steps } = playSearch(ask, (next) => fakeStep(ask, next));
  for (let count = 0; count < steps.length; count++)
    expect(nextStep(ask, steps.slice(0, count))).toEqual({
      calls: steps[count]?.calls,
      purpose: steps[count]?.purpose,
      holdMs: steps[count]?.durationMs,
    });
});

function lossy(calls: number, holdMs: number, isLossy: boolean) {
  const sent = (calls * 50 * holdMs) / 1000;
  return aStep({ calls, durationMs: holdMs, packetsSent: sent, packetsLost: isLossy ? sent / 10 : 0 });
}

/** A generator that makes `most` calls' load. */
function tired(calls: number, holdMs: number, most: number) {
  const due = (calls * 50 * holdMs) / 1000;
  const sent = Math.min(due, (most * 50 * holdMs) / 1000);
  return aStep({ calls, durationMs: holdMs, packetsSent: sent, packetsSkipped: due - sent, server: aUse() });
}

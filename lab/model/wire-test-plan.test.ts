import { describe, expect, it } from "vitest";
import { type LinkConditions, RATE_KBPS } from "./link.ts";
import { MAX_WIRE_TEST_MS, planWireTest, wireTestMs } from "./wire-test-plan.ts";

const durationMs = (phases: ReturnType<typeof planWireTest>) =>
  phases.reduce((sum, { packets, intervalUs }) => sum + (packets * intervalUs) / 1_000, 0);

describe("planWireTest", () => {
  it("measures latency alone on a bare wire, in a moment", () => {
    const phases = planWireTest({});
    expect(phases.map(({ purpose }) => purpose)).toEqual(["latency"]);
    expect(durationMs(phases)).toBeLessThan(100);
  });

  it("sends frames so far apart that jitter leaves none waiting for its predecessor", () => {
    for (const jitterMs of [1, 10, 50, 200]) {
      const [latency] = planWireTest({ latencyMs: 200, jitterMs });
      expect(latency?.intervalUs).toBeGreaterThanOrEqual(2_000 * jitterMs);
      expect(latency?.packets).toBeGreaterThanOrEqual(15);
    }
  });

  it("keeps a slow transmitter half idle but in the last phase, which keeps it busy", () => {
    const phases = planWireTest({ rateKbps: 500, loss: 0.1 }, 1_300);
    expect(phases.map(({ purpose }) => purpose)).toEqual(["latency", "loss", "fitting", "too-long", "rate"]);
    for (const { purpose, intervalUs, frameBytes } of phases) {
      const offeredKbps = (frameBytes * 8_000) / intervalUs;
      if (purpose !== "rate") expect(offeredKbps).toBeLessThanOrEqual(251);
      // A tenth is lost on the way to the transmitter.
      else expect(offeredKbps * 0.9).toBeCloseTo(1_000);
    }
  });

  it("sends no packet larger than the MTU but those that must not pass", () => {
    for (const { purpose, frameBytes } of planWireTest({ rateKbps: 10_000 }, 1_300)) {
      if (purpose === "too-long") expect(frameBytes).toBe(1_308 + 14);
      else expect(frameBytes).toBeLessThanOrEqual(1_300 + 14);
    }
  });

  it("sends enough copies where some are lost", () => {
    expect(planWireTest({}, 1_300).find(({ purpose }) => purpose === "fitting")?.packets).toBe(3);
    expect(planWireTest({ loss: 0.5 }, 1_300).find(({ purpose }) => purpose === "fitting")?.packets).toBe(20);
  });

  it("takes as long as is said: its frames, and what the last of them may take", () => {
    const conditions = { rateKbps: 500, loss: 0.1, latencyMs: 300, jitterMs: 20, queueMs: 100 };
    const sendingMs = durationMs(planWireTest(conditions, 1_300));
    expect(wireTestMs(conditions, 1_300)).toBeCloseTo(sendingMs + 300 + 20 + 100 + 200);
  });

  it.each<[LinkConditions, mtu?: number]>([
    [{ rateKbps: RATE_KBPS.min }],
    [{ rateKbps: RATE_KBPS.min, loss: 0.1 }, 1_500],
    [{ rateKbps: RATE_KBPS.max, latencyMs: 1_000 }, 1_500],
    [{ latencyMs: 500, jitterMs: 500, loss: 0.02 }, 1_500],
  ])("measures %j within the time that a test may take, with frames enough", (conditions, mtu) => {
    expect(wireTestMs(conditions, mtu)).toBeLessThan(MAX_WIRE_TEST_MS);
    const rate = planWireTest(conditions, mtu).find(({ purpose }) => purpose === "rate");
    if (rate) expect(rate.packets).toBeGreaterThanOrEqual(40);
  });

  it("does not look for rate or MTU where nearly nothing arrives", () => {
    const phases = planWireTest({ loss: 0.9, rateKbps: 500 }, 1_300);
    expect(phases.map(({ purpose }) => purpose)).toEqual(["latency", "loss"]);
  });

  it.each<[LinkConditions, number]>([
    [{ latencyMs: 30, jitterMs: 10, loss: 0.03, rateKbps: 20_000 }, 1_700],
    [{ loss: 0.001 }, 700],
    [{ rateKbps: 2_000, latencyMs: 100 }, 700],
    // A large packet alone takes 90 ms.
    [{ rateKbps: 128, loss: 0.02, latencyMs: 400 }, 3_100],
  ])("%j is measured within %i ms", (conditions, ms) => {
    expect(durationMs(planWireTest(conditions, 1_400))).toBeLessThan(ms);
  });
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Flow, type FlowOwner } from "./flow.ts";
import { Wheel } from "./wheel.ts";

// Where in its first interval a stream begins.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.5));
afterEach(() => void vi.restoreAllMocks());

function start(packetsPerSecond: number) {
  const wheel = new Wheel(0);
  const sent: { number: number; dueMs: number; atMs: number }[] = [];
  const counts = { skipped: 0 };
  let now = 0;
  const life: FlowOwner = {
    schedule: (timer, dueMs) => wheel.schedule(timer, dueMs),
    skip: () => {
      counts.skipped += 1;
    },
    sendPacket: (_stream, number, dueMs) => void sent.push({ number, dueMs, atMs: now }),
  };
  const flow = new Flow(life, 0, { packetBytes: 100, packetsPerSecond });
  flow.begin(0);
  const run = (untilMs: number) => {
    for (; now < untilMs; now += 1) wheel.advance(now);
  };
  return { flow, sent, counts, run, stall: (ms: number) => (now += ms) };
}

it("sends by due times, however late each packet before was", () => {
  const { sent, run, counts } = start(90);
  run(10_000);
  expect(sent.length).toBeGreaterThanOrEqual(899);
  expect(sent.length).toBeLessThanOrEqual(900);
  expect(counts.skipped).toBe(0);
  const first = sent[0]?.dueMs ?? 0;
  expect(first).toBeLessThan(1_000 / 90);
  for (const { number, dueMs, atMs } of sent) {
    expect(dueMs).toBeCloseTo(first + (number * 1_000) / 90, 6);
    expect(atMs - dueMs).toBeLessThan(1);
  }
});

it("skips what it did not come to within 20 ms, counts it, and catches up with the rest", () => {
  const { sent, counts, run, stall } = start(100);
  run(1_000);
  const before = sent.length;
  stall(500);
  run(1_502);
  // Two of the fifty were due within the last 20 ms.
  expect(counts.skipped).toBe(48);
  expect(sent.length - before).toBe(2);
  run(2_000);
  const numbers = sent.map(({ number }) => number);
  expect(numbers.at(-1)).toBe(sent.length + counts.skipped - 1);
});

it("has RFC 3550's jitter of what came back", () => {
  const { flow } = start(50);
  const transits = [10, 14, 9, 9, 30];
  // J += (|D| - J) / 16, RFC 3550 section 6.4.1 and appendix A.8.
  let expected = 0;
  for (const [index, transit] of transits.entries()) {
    const dueMs = index * 20;
    flow.received(dueMs, dueMs + transit);
    if (index > 0) expected += (Math.abs(transit - (transits[index - 1] ?? 0)) - expected) / 16;
  }
  expect(flow.jitterMs).toBeCloseTo(expected, 9);
});

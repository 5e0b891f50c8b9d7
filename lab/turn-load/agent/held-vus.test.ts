import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HeldVus } from "./held-vus.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const begun: { life: number; vu: number; dueAtMs: number }[] = [];
  const left: number[] = [];
  const held = new HeldVus({
    now: () => performance.now(),
    begin: (vu, dueAtMs) => begun.push({ life: begun.length + 1, vu, dueAtMs }),
    leave: (life) => void left.push(life),
  });
  return { held, begun, left };
}

it("lets the missing set out at a rate, each due on schedule", () => {
  const { held, begun } = start();
  const from = performance.now();
  held.hold(100, 200);
  vi.advanceTimersByTime(250);
  expect(begun.length).toBeGreaterThanOrEqual(50);
  expect(begun.length).toBeLessThanOrEqual(52);
  vi.advanceTimersByTime(1_000);
  expect(begun).toHaveLength(100);
  for (const [index, { dueAtMs }] of begun.entries()) expect(dueAtMs - from).toBeCloseTo(index * 5, 6);
});

it("keeps what is there, and lets the youngest leave when there are too many", () => {
  const { held, begun, left } = start();
  held.hold(5, 1_000);
  vi.advanceTimersByTime(100);
  held.hold(7, 1_000);
  vi.advanceTimersByTime(100);
  expect(begun.map(({ life }) => life)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  held.hold(3, 1_000);
  expect(left).toEqual([4, 5, 6, 7]);
  held.stop();
  expect(left).toEqual([4, 5, 6, 7, 1, 2, 3]);
});

it("tries for each of the missing once, and again only when asked again", () => {
  const { held, begun } = start();
  held.hold(3, 1_000);
  vi.advanceTimersByTime(100);
  held.over(2);
  vi.advanceTimersByTime(10_000);
  expect(begun).toHaveLength(3);
  held.hold(3, 1_000);
  vi.advanceTimersByTime(100);
  expect(begun.map(({ life }) => life)).toEqual([1, 2, 3, 4]);
});

it("numbers VUs from 1, and gives no number twice before its life is over", () => {
  const { held, begun } = start();
  held.hold(4, 1_000);
  vi.advanceTimersByTime(100);
  expect(begun.map(({ vu }) => vu)).toEqual([1, 2, 3, 4]);
  held.hold(2, 1_000);
  held.over(4);
  held.hold(4, 1_000);
  vi.advanceTimersByTime(100);
  // Life 3 is still giving its allocation back.
  expect(begun.slice(4).map(({ vu }) => vu)).toEqual([4, 5]);
});

it("forgets those that had not set out yet", () => {
  const { held, begun, left } = start();
  held.hold(1_000, 10);
  vi.advanceTimersByTime(1_000);
  held.stop();
  vi.advanceTimersByTime(10_000);
  expect(begun.length).toBeLessThan(13);
  expect(left).toHaveLength(begun.length);
});

import { describe, expect, it } from "vitest";
import { Timer, Wheel } from "./wheel.ts";

class Recorded extends Timer {
  readonly firedAt: number[] = [];
  readonly #then: (timer: Recorded) => void;

  constructor(then: (timer: Recorded) => void = () => {}) {
    super();
    this.#then = then;
  }

  fire(nowMs: number): void {
    this.firedAt.push(nowMs);
    this.#then(this);
  }
}

describe("a wheel of due times", () => {
  it("fires everything in order, nothing before it is due, and within a millisecond of looking", () => {
    const wheel = new Wheel(1_000.4);
    const order: number[] = [];
    const dues = Array.from({ length: 500 }, (_, index) => 1_001 + ((index * 7_919) % 20_011) / 1.7);
    const timers = dues.map(() => new Recorded((timer) => order.push(timer.dueMs)));
    for (const [index, timer] of timers.entries()) wheel.schedule(timer, dues[index] ?? 0);
    for (let now = 1_000; now < 14_000; now += 0.7) wheel.advance(now);
    for (const { dueMs, firedAt } of timers) {
      expect(firedAt).toHaveLength(1);
      expect(firedAt[0]).toBeGreaterThanOrEqual(dueMs);
      expect((firedAt[0] ?? 0) - dueMs).toBeLessThan(1.7);
    }
    // Those of one millisecond are in no order.
    expect(order.map(Math.ceil)).toEqual(dues.map(Math.ceil).toSorted((a, b) => a - b));
    expect(wheel.size).toBe(0);
  });

  it("keeps what is due after a full round", () => {
    const wheel = new Wheel(0);
    const late = new Recorded();
    wheel.schedule(late, 3 * 4_096 + 5);
    for (let now = 0; now < 3 * 4_096 + 4; now += 50) wheel.advance(now);
    expect(late.firedAt).toEqual([]);
    wheel.advance(3 * 4_096 + 6);
    expect(late.firedAt).toHaveLength(1);
  });

  it("fires all that a stall has left, once", () => {
    const wheel = new Wheel(0);
    const timers = [1, 40, 4_000, 9_000].map((due) => {
      const timer = new Recorded();
      wheel.schedule(timer, due);
      return timer;
    });
    wheel.advance(60_000);
    expect(timers.map(({ firedAt }) => firedAt.length)).toEqual([1, 1, 1, 1]);
  });

  it("lets what fires schedule itself again, and cancel a neighbour of the same millisecond", () => {
    const wheel = new Wheel(0);
    const neighbour = new Recorded();
    const again = new Recorded((timer) => {
      wheel.cancel(neighbour);
      if (timer.firedAt.length < 3) wheel.schedule(timer, timer.dueMs + 10);
    });
    wheel.schedule(again, 5);
    wheel.schedule(neighbour, 5);
    for (let now = 0; now <= 40; now += 1) wheel.advance(now);
    expect(again.firedAt).toEqual([5, 15, 25]);
    expect(neighbour.firedAt).toEqual([]);
    expect(wheel.size).toBe(0);
  });

  it("moves what is scheduled again, and says when it must be looked at", () => {
    const wheel = new Wheel(0);
    const told: number[] = [];
    wheel.onScheduled = (tickMs) => told.push(tickMs);
    const timer = new Recorded();
    wheel.schedule(timer, 100.5);
    wheel.schedule(timer, 20);
    expect([told, wheel.size, wheel.nextDueMs(50)]).toEqual([[101, 20], 1, 20]);
    wheel.advance(19);
    expect(timer.firedAt).toEqual([]);
    wheel.advance(21);
    wheel.advance(200);
    expect(timer.firedAt).toEqual([21]);
  });
});

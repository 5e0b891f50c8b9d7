import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SilenceWatch } from "./silence-watch.ts";

let nowMs = 0;
vi.mock(import("./clock.ts"), () => ({ monotonicMs: () => nowMs }));

function watch(afterMs: number) {
  const told: string[] = [];
  const silence = new SilenceWatch(afterMs, {
    onDoubt: () => void told.push(`doubt ${nowMs}`),
    onSilent: () => void told.push(`silent ${nowMs}`),
  });
  silence.start();
  return { silence, told };
}

function pass(ms: number): void {
  for (let spent = 0; spent < ms; spent += 10) {
    nowMs += 10;
    vi.advanceTimersByTime(10);
  }
}

describe("SilenceWatch", () => {
  beforeEach(() => {
    nowMs = 0;
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it("doubts at half of the time, every half second, and tells the silence once", () => {
    const { silence, told } = watch(3_000);
    pass(1_400);
    expect(told).toEqual([]);
    pass(3_600);
    expect(told).toEqual(["doubt 1500", "doubt 2000", "doubt 2500", "silent 3000"]);
    silence.stop();
  });

  it("begins anew with whatever is heard, before and after", () => {
    const { silence, told } = watch(1_000);
    pass(900);
    silence.heard();
    expect(silence.isInDoubt).toBe(false);
    pass(900);
    expect(told.filter((t) => t.startsWith("silent"))).toEqual([]);
    pass(200);
    silence.heard();
    pass(1_000);
    expect(told.filter((t) => t.startsWith("silent"))).toEqual(["silent 1900", "silent 3000"]);
    silence.stop();
  });

  it("does not count the time in which this process stood still", () => {
    const { silence, told } = watch(1_000);
    nowMs += 10_000;
    vi.advanceTimersByTime(100);
    expect(told).toEqual([]);
    expect(silence.isInDoubt).toBe(false);
    silence.stop();
    pass(5_000);
    expect(told).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { parseCores, parseDrops } from "./machine-counters.ts";
import { parseThrottling, parseUntracked } from "./sampler.ts";

describe("parseThrottling", () => {
  it("reads cpu.stat of either cgroup version", () => {
    expect(parseThrottling("nr_periods 10\nnr_throttled 4\nthrottled_time 2500000\n")).toEqual({
      periods: 10,
      throttledPeriods: 4,
      throttledMicroseconds: 2_500,
    });
    const v2 =
      "usage_usec 9\nuser_usec 5\nsystem_usec 4\nnr_periods 3\nnr_throttled 1\nthrottled_usec 700\nnr_bursts 0\n";
    expect(parseThrottling(v2)).toEqual({ periods: 3, throttledPeriods: 1, throttledMicroseconds: 700 });
  });

  it("knows nothing of a group without a quota", () => {
    expect(parseThrottling("nr_periods 0\nnr_throttled 0\nthrottled_time 0\n")).toBeNull();
    expect(parseThrottling("usage_usec 9\nuser_usec 5\nsystem_usec 4\n")).toBeNull();
  });
});

describe("parseUntracked", () => {
  it("adds up what connection tracking dropped, over the cores, and nothing else", () => {
    const text = [
      "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error",
      "00000001  00000000 000000ff 00000000 0000000a 00000000 00000000 00000000 00000000 00000001 00000010 00000002 00000009",
      "00000001  00000000 000000ff 00000000 0000000a 00000000 00000000 00000000 00000000 00000000 00000001 00000000 00000009",
      "",
    ].join("\n");
    expect(parseUntracked(text)).toBe(1 + 16 + 2 + 1);
  });
});

describe("a machine's counters", () => {
  it("are each core's own, in ms", () => {
    const text = "cpu  300 0 0 700 0 0 0 0 0 0\ncpu0 100 10 20 400 5 1 4 0 0 0\ncpu1 200 0 0 300 0 0 0 0 0 0\nintr 9\n";
    expect(parseCores(text)).toEqual([
      { totalMs: 5_400, idleMs: 4_050, softirqMs: 40 },
      { totalMs: 5_000, idleMs: 3_000, softirqMs: 0 },
    ]);
  });

  it("have what every core's backlog had no room for", () => {
    expect(parseDrops("094bd0c4 0000000a 00000015\n08db6fce 00000001 00000019\n")).toBe(11);
  });
});

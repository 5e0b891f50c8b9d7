import { beforeEach, describe, expect, it, vi } from "vitest";
import { AllocationCutter } from "./cut-allocations.ts";
import type { RunEvent } from "./model/events.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

describe("AllocationCutter", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    return () => void vi.useRealTimers();
  });

  /** Which user names a server was told to cut, five seconds after all have expired. */
  async function cut(isKilled: boolean, runIn = async () => "2\n") {
    const plan = { name: "turn", cliPassword: "secret" } as TurnServerPlan;
    const told: unknown[] = [];
    const events: RunEvent[] = [];
    const faults: unknown[] = [];
    const cutter = new AllocationCutter(
      "s",
      { turn: plan },
      {
        emit: (event) => void events.push(event),
        runIn: (_server, _argv, { CUT_USER }) => {
          told.push([CUT_USER, Date.now()]);
          return runIn();
        },
        isKilled: () => isKilled,
        onFault: (error) => void faults.push(error),
      },
    );
    cutter.cutAt("turn", "1005:a");
    cutter.cutAt("turn", "1003:b");
    await vi.advanceTimersByTimeAsync(10_000);
    cutter.stop();
    return { told, events, faults };
  }

  it("tells a server at each expiry, and the log", async () => {
    const { told, events, faults } = await cut(false);
    expect(told).toEqual([
      ["1003:b", 1_003_000],
      ["1005:a", 1_005_000],
    ]);
    expect(events).toMatchObject([{ type: "allocations_cut", count: 2, delayMs: 0 }, { count: 2 }]);
    expect(faults).toEqual([]);
  });

  it("leaves one alone that was killed, and tells where another does not obey", async () => {
    expect(await cut(true)).toEqual({ told: [], events: [], faults: [] });
    const { events, faults } = await cut(false, () => Promise.reject(new Error("still there")));
    expect([events, faults.length]).toEqual([[], 2]);
  });
});

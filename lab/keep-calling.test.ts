import { beforeEach, describe, expect, it, vi } from "vitest";
import { keepCalling } from "./keep-calling.ts";
import type { StartedLab } from "./lab-up.ts";
import type { Call, MadeSession } from "./make-call.ts";
import type { RecoverySpec } from "./model/scenario.ts";

type Came = { afterMs: number; silentAfterMs?: number; outcome?: "connected" | "failed" };

/** What each session in turn comes to, and what was asked of it. */
const made = vi.hoisted(() => ({ next: (): Came => ({ afterMs: 0 }), asked: [] as [number, number | null][] }));
vi.mock(import("./make-call.ts"), async (original) => ({
  ...(await original()),
  makeCall: async (_lab, { traffic }, { session }, _needs, replaced) => {
    made.asked.push([traffic?.durationMs ?? 0, replaced?.session ?? null]);
    const startedAt = Date.now();
    const { afterMs, silentAfterMs, outcome = "connected" } = made.next();
    vi.setSystemTime(startedAt + afterMs);
    const isSilent = silentAfterMs !== undefined;
    const at = startedAt + (silentAfterMs ?? 0);
    const finished = {
      at: Date.now(),
      session,
      outcome,
      dropped: isSilent,
      timings: { connect_time: outcome === "connected" ? 0 : null },
      ...(isSilent ? { recoveries: [{ at, isSilence: true, noticedAfterMs: afterMs - silentAfterMs }] } : {}),
      ...(replaced ? { replaces: { session: replaced.session, recoveredAfterMs: null } } : {}),
    };
    return { finished, startedAt } as unknown as MadeSession;
  },
}));

async function keep(came: Came[], by: RecoverySpec["by"] = "new-call") {
  made.next = () => came.shift() ?? { afterMs: 100 };
  const traffic = { messageBytes: 1, messagesPerSecond: 1, durationMs: 20_000 };
  const call = { traffic, recovery: { by, withinMs: 2_000 } } as unknown as Call;
  let sessions = 0;
  const needs = { emit: () => {}, signal: new AbortController().signal, nextSession: () => ++sessions };
  await keepCalling({} as StartedLab, call, { scenario: "s", vu: 1, iteration: 0 }, needs);
  return made.asked;
}

const SILENT = { afterMs: 6_000, silentAfterMs: 1_000 };

describe("keepCalling", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    made.asked = [];
    return () => void vi.useRealTimers();
  });

  it("makes one call where it goes well, and where calls restart ICE", async () => {
    expect(await keep([{ afterMs: 20_000 }])).toEqual([[20_000, null]]);
    made.asked = [];
    expect(await keep([SILENT], "ice-restart")).toEqual([[20_000, null]]);
  });

  it("gives each call what the one that it replaces had left", async () => {
    expect(await keep([SILENT, SILENT, { afterMs: 8_000 }])).toEqual([
      [20_000, null],
      [14_000, 1],
      [8_000, 2],
    ]);
  });

  it("ends although every call falls silent", async () => {
    const calls = await keep(Array.from({ length: 50 }, () => SILENT));
    expect(calls.map(([durationMs]) => durationMs)).toEqual([20_000, 14_000, 8_000, 2_000, 100]);
  });

  it("tries again while none connects, until its time is over", async () => {
    const failed = { afterMs: 600, outcome: "failed" as const };
    const calls = await keep([SILENT, failed, failed, failed, failed, failed, failed]);
    expect(calls.slice(1).every(([durationMs, replaced]) => durationMs === 14_000 && replaced === 1)).toBe(true);
    expect(calls).toHaveLength(1 + 3);
  });
});

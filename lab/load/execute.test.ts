import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Load } from "../model/load.ts";
import { execute, plannedIterations } from "./execute.ts";
import type { Iterate, LoadOutcome } from "./iterate.ts";

const never = new AbortController().signal;

type Begun = { vu: number; iteration: number; atMs: number; dueMs: number };

/** Plays a load in time of its own; each iteration takes `takesMs`, or less where it is told to end. */
async function play(load: Load, takesMs: number | ((begun: Begun) => number), signal = never) {
  const startedAt = performance.now();
  const begun: Begun[] = [];
  const drops: [number, string][] = [];
  let [running, most] = [0, 0];
  const iterate: Iterate = async (vu, iteration, { dueAt, signal: end }) => {
    const one = { vu, iteration, atMs: performance.now() - startedAt, dueMs: dueAt - startedAt };
    begun.push(one);
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, typeof takesMs === "number" ? takesMs : takesMs(one));
      end.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    running -= 1;
  };
  let outcome: LoadOutcome | undefined;
  const played = execute(load, iterate, signal, { onDropped: (count, reason) => drops.push([count, reason]) }).then(
    (result) => {
      outcome = result;
    },
  );
  await vi.runAllTimersAsync();
  await played;
  return { begun, drops, most, outcome, tookMs: performance.now() - startedAt };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("per-vu-iterations", () => {
  it("runs each VU's iterations in order, all VUs at once", async () => {
    const { begun, most, outcome } = await play({ executor: "per-vu-iterations", vus: 3, iterations: 2 }, 10);
    expect(most).toBe(3);
    expect(begun.map(({ vu, iteration }) => `${vu}.${iteration}`)).toEqual(["1.0", "2.0", "3.0", "1.1", "2.1", "3.1"]);
    expect(outcome).toEqual({ started: 6, completed: 6, interrupted: 0, dropped: 0 });
  });

  it("drops what is left when its time is over, and interrupts what does not end gracefully", async () => {
    const load = {
      executor: "per-vu-iterations",
      vus: 2,
      iterations: 5,
      maxDuration: "1s",
      gracefulStop: "250ms",
    } as const;
    const { drops, outcome, tookMs } = await play(load, ({ vu }) => (vu === 1 ? 300 : 700));
    expect(outcome).toEqual({ started: 6, completed: 5, interrupted: 1, dropped: 4 });
    expect(drops).toEqual([[4, "maxDuration was over"]]);
    expect(tookMs).toBe(1_250);
  });
});

describe("shared-iterations", () => {
  it("shares one pool: a slow VU takes fewer", async () => {
    const { begun } = await play({ executor: "shared-iterations", vus: 2, iterations: 6 }, ({ vu }) =>
      vu === 1 ? 50 : 10,
    );
    const of = (number: number) => begun.filter(({ vu }) => vu === number).length;
    expect([of(1), of(2)]).toEqual([1, 5]);
  });
});

describe("constant-vus", () => {
  it("keeps as many going until its time is over, and lets the last ones end", async () => {
    const load = { executor: "constant-vus", vus: 3, duration: "1s" } as const;
    const { begun, most, outcome, tookMs } = await play(load, 300);
    expect(most).toBe(3);
    expect(begun).toHaveLength(12);
    expect(outcome).toMatchObject({ completed: 12, interrupted: 0, dropped: 0 });
    expect(tookMs).toBe(1_200);
  });
});

describe("ramping-vus", () => {
  it("adds a VU whenever the line reaches it, and takes it away in the same way", async () => {
    const stages = [
      { duration: "4s", target: 4 },
      { duration: "1s", target: 4 },
      { duration: "2s", target: 0 },
    ];
    const { begun, most } = await play({ executor: "ramping-vus", startVUs: 0, stages }, 100);
    const firstOf = (number: number) => begun.find(({ vu }) => vu === number)?.atMs;
    const lastOf = (number: number) => begun.findLast(({ vu }) => vu === number)?.atMs ?? 0;
    expect([1, 2, 3, 4].map(firstOf)).toEqual([1_000, 2_000, 3_000, 4_000]);
    expect(most).toBe(4);
    // The fourth goes when the line leaves it, at 5.5 s; the first at 7 s.
    expect(lastOf(4)).toBe(5_400);
    expect(lastOf(1)).toBe(6_900);
  });

  it("jumps where a stage takes no time, and begins with none where startVUs is 0", async () => {
    const stages = [
      { duration: "1s", target: 0 },
      { duration: "0s", target: 3 },
      { duration: "1s", target: 3 },
      { duration: "0s", target: 1 },
      { duration: "1s", target: 1 },
    ];
    const { begun, most } = await play({ executor: "ramping-vus", startVUs: 0, stages }, 100);
    expect(begun.filter(({ atMs }) => atMs === 1_000).map(({ vu }) => vu)).toEqual([1, 2, 3]);
    expect(begun[0]?.atMs).toBe(1_000);
    expect(most).toBe(3);
    expect(begun.filter(({ atMs }) => atMs >= 2_000).every(({ vu }) => vu === 1)).toBe(true);
  });

  it("interrupts at once with no gracefulRampDown, and no iteration of a VU that comes back", async () => {
    const stages = [
      { duration: "1s", target: 2 },
      { duration: "0s", target: 1 },
      // Shorter than an interrupted iteration takes to end here.
      { duration: "20ms", target: 1 },
      { duration: "0s", target: 2 },
      { duration: "1s", target: 2 },
    ];
    const load = { executor: "ramping-vus", startVUs: 2, stages, gracefulRampDown: "0s" } as const;
    const ended: [vu: number, atMs: number, isCut: boolean][] = [];
    const startedAt = performance.now();
    const played = execute(
      load,
      async (vu, _iteration, { signal }) => {
        for (let waited = 0; waited < 700 && !signal.aborted; waited += 50) await new Promise((r) => setTimeout(r, 50));
        ended.push([vu, performance.now() - startedAt, signal.aborted]);
      },
      never,
    );
    await vi.runAllTimersAsync();
    expect(await played).toMatchObject({ interrupted: 1 });
    expect(ended.filter(([, , isCut]) => isCut)).toEqual([[2, 1_050, true]]);
    expect(ended.filter(([vu]) => vu === 2)).toHaveLength(4);
  });

  it("interrupts an iteration that outlasts gracefulRampDown, unless its VU is wanted again", async () => {
    const down = [
      { duration: "0s", target: 2 },
      { duration: "1s", target: 2 },
      { duration: "0s", target: 1 },
      { duration: "3s", target: 1 },
    ];
    const load = { executor: "ramping-vus", startVUs: 2, stages: down, gracefulRampDown: "500ms" } as const;
    const cut = await play(load, 4_000);
    expect(cut.outcome).toMatchObject({ started: 2, completed: 1, interrupted: 1 });
    const again = [
      ...down.slice(0, 3),
      { duration: "200ms", target: 1 },
      { duration: "0s", target: 2 },
      { duration: "3s", target: 2 },
    ];
    const kept = await play({ ...load, stages: again }, 4_300);
    expect(kept.outcome).toMatchObject({ completed: 2, interrupted: 0 });
  });
});

describe("constant-arrival-rate", () => {
  const load = { executor: "constant-arrival-rate", rate: 10, duration: "1s", preAllocatedVUs: 2 } as const;

  it("begins on schedule, however long others take, and takes more VUs where it may", async () => {
    const { begun, most, outcome } = await play({ ...load, maxVUs: 50 }, 2_500);
    expect(begun.map(({ dueMs }) => Math.round(dueMs))).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(most).toBe(10);
    expect(outcome).toMatchObject({ started: 10, dropped: 0 });
    expect(new Set(begun.map(({ vu }) => vu)).size).toBe(10);
  });

  it("tells what it could not begin instead of beginning it later", async () => {
    const { drops, outcome } = await play(load, 250);
    expect(outcome).toMatchObject({ started: 7, completed: 7, dropped: 3 });
    expect(drops.every(([count, reason]) => count === 1 && reason === "no free VU")).toBe(true);
  });

  it("may have no VU before it needs one", async () => {
    const { outcome, most } = await play({ ...load, preAllocatedVUs: 0, maxVUs: 3 }, 250);
    expect(most).toBe(3);
    expect(outcome).toMatchObject({ started: 10, dropped: 0 });
  });

  it("says which it did not come to before the end, when the machine was busy for so long", async () => {
    const drops: [number, string][] = [];
    const played = execute({ ...load, maxVUs: 20, gracefulStop: "0s" }, async () => {}, never, {
      onDropped: (count, reason) => drops.push([count, reason]),
    });
    // Nothing else runs meanwhile, until after the end.
    vi.advanceTimersByTime(1_500);
    await vi.runAllTimersAsync();
    expect(await played).toMatchObject({ started: 0, dropped: 10 });
    expect(new Set(drops.map(([, reason]) => reason))).toEqual(new Set(["the time was over"]));
  });

  it("counts from when an iteration was due, not from when a busy machine came to it", async () => {
    const dues: number[] = [];
    const startedAt = performance.now();
    const busy: Iterate = async (_vu, _iteration, { dueAt }) => {
      dues.push(Math.round(dueAt - startedAt));
    };
    const played = execute({ ...load, maxVUs: 20 }, busy, never);
    // Nothing else runs meanwhile: what was due is begun late, all at once.
    vi.advanceTimersByTime(450);
    await vi.runAllTimersAsync();
    await played;
    expect(dues).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });
});

describe("ramping-arrival-rate", () => {
  it("follows the area under its line", async () => {
    const stages = [
      { duration: "2s", target: 10 },
      { duration: "1s", target: 10 },
    ];
    const load = { executor: "ramping-arrival-rate", startRate: 0, stages, preAllocatedVUs: 20 } as const;
    const { begun } = await play(load, 10);
    // 10 in the ramp, 10 after it; the k-th when 2.5 t² = k, as in k6 with k from 1 on: none at once, where the rate is 0.
    expect(begun).toHaveLength(20);
    const expected = Array.from({ length: 10 }, (_, index) => 1_000 * Math.sqrt((index + 1) / 2.5));
    for (const [index, at] of expected.entries()) expect(begun[index]?.dueMs).toBeCloseTo(at, 3);
    expect(begun[10]?.dueMs).toBeCloseTo(2_100, 3);
    expect(begun[19]?.dueMs).toBeCloseTo(3_000, 3);
  });

  it("carries what is left of an iteration over to the next stage, and jumps where a stage takes no time", async () => {
    const stages = [
      { duration: "750ms", target: 2 },
      { duration: "0s", target: 10 },
      { duration: "500ms", target: 10 },
      { duration: "0s", target: 0 },
      { duration: "2s", target: 0 },
      { duration: "1s", target: 4 },
    ];
    const load = { executor: "ramping-arrival-rate", startRate: 2, stages, preAllocatedVUs: 20 } as const;
    const { begun } = await play(load, 10);
    // 1.5 in the first stage, 5 in the third: the second of all is due when half of one has come at 10 a second.
    expect(begun.map(({ dueMs }) => Math.round(dueMs))).toEqual([500, 800, 900, 1_000, 1_100, 1_200, 3_750, 4_116]);
  });

  it("counts its rate in timeUnit", async () => {
    const stages = [{ duration: "2m", target: 6 }];
    const load = { executor: "ramping-arrival-rate", startRate: 6, timeUnit: "1m", stages } as const;
    const { begun } = await play({ ...load, preAllocatedVUs: 1 }, 10);
    expect(begun.map(({ dueMs }) => dueMs / 1_000)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]);
  });

  it("begins none that is due at the very end where there is no time left to run in", async () => {
    const stages = [{ duration: "1s", target: 4 }];
    const load = { executor: "ramping-arrival-rate", startRate: 4, stages, preAllocatedVUs: 9 } as const;
    const { outcome } = await play({ ...load, gracefulStop: "0s" }, 100);
    expect(outcome).toEqual({ started: 3, completed: 3, interrupted: 0, dropped: 0 });
    expect((await play(load, 100)).outcome).toMatchObject({ started: 4, completed: 4 });
  });
});

describe("gracefulStop", () => {
  it.each<Load>([
    { executor: "constant-vus", vus: 2, duration: "1s", gracefulStop: "0s" },
    { executor: "ramping-vus", startVUs: 2, stages: [{ duration: "1s", target: 2 }], gracefulStop: "0s" },
    { executor: "per-vu-iterations", vus: 2, iterations: 1, maxDuration: "1s", gracefulStop: "0s" },
    { executor: "shared-iterations", vus: 2, iterations: 2, maxDuration: "1s", gracefulStop: "0s" },
    { executor: "constant-arrival-rate", rate: 2, duration: "1s", preAllocatedVUs: 2, gracefulStop: "0s" },
  ])("of no time ends all with the time itself ($executor)", async (load) => {
    const { outcome, tookMs } = await play(load, 5_000);
    expect(outcome).toEqual({ started: 2, completed: 0, interrupted: 2, dropped: 0 });
    expect(tookMs).toBe(1_000);
  });
});

describe("execute", () => {
  it("starts nothing more once aborted, and says what it did not start", async () => {
    const controller = new AbortController();
    const load = { executor: "per-vu-iterations", vus: 1, iterations: 10 } as const;
    const { outcome, drops } = await play(
      load,
      ({ iteration }) => {
        if (iteration === 2) controller.abort();
        return 10;
      },
      controller.signal,
    );
    expect(outcome?.started).toBe(3);
    expect(drops).toEqual([[7, "interrupted"]]);
  });

  it.each<Load>([
    { executor: "constant-vus", vus: 2, duration: "10s" },
    { executor: "ramping-vus", startVUs: 2, stages: [{ duration: "10s", target: 4 }] },
    { executor: "constant-arrival-rate", rate: 5, duration: "10s", preAllocatedVUs: 9 },
    { executor: "per-vu-iterations", vus: 2, iterations: 9 },
  ])("ends at once when the lab breaks, with the lab's words ($executor)", async (load) => {
    let started = 0;
    const failed = execute(
      load,
      async (_vu, _iteration, { signal }) => {
        if (++started === 3) throw new Error("the fabric is gone");
        if (started > 3) throw new Error("begun after the end");
        await new Promise<void>((resolve) => {
          setTimeout(resolve, 1_000);
          signal.addEventListener("abort", () => resolve());
        });
      },
      never,
    );
    const told = expect(failed).rejects.toThrow("the fabric is gone");
    await vi.runAllTimersAsync();
    await told;
    expect(started).toBe(3);
  });

  it("knows how much a load asks for, where that is a matter of the load alone", () => {
    expect(plannedIterations({ executor: "per-vu-iterations", vus: 4, iterations: 5 })).toBe(20);
    expect(plannedIterations({ executor: "shared-iterations", vus: 4, iterations: 5 })).toBe(5);
    const rate = { executor: "constant-arrival-rate", rate: 50, duration: "20s", preAllocatedVUs: 1 } as const;
    expect(plannedIterations(rate)).toBe(1_000);
    expect(plannedIterations({ ...rate, rate: 6, timeUnit: "1m", duration: "1m30s" })).toBe(9);
    const stages = [{ duration: "2s", target: 10 }];
    expect(plannedIterations({ executor: "ramping-arrival-rate", stages, preAllocatedVUs: 1 })).toBe(10);
    expect(plannedIterations({ executor: "constant-vus", vus: 4, duration: "1s" })).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { execute, plannedIterations } from "./execute.ts";

const never = new AbortController().signal;
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("per-vu-iterations", () => {
  it("runs each VU's iterations in order, all VUs at once", async () => {
    const seen: string[] = [];
    let running = 0;
    let most = 0;
    await execute(
      { executor: "per-vu-iterations", vus: 3, iterations: 2 },
      async (vu, iteration) => {
        most = Math.max(most, ++running);
        seen.push(`${vu}.${iteration}`);
        await tick();
        running--;
      },
      never,
    );
    expect(most).toBe(3);
    expect(seen).toEqual(["1.0", "2.0", "3.0", "1.1", "2.1", "3.1"]);
  });
});

describe("shared-iterations", () => {
  it("shares one pool: a slow VU takes fewer", async () => {
    const taken: Record<number, number> = {};
    await execute(
      { executor: "shared-iterations", vus: 2, iterations: 6 },
      async (vu) => {
        taken[vu] = (taken[vu] ?? 0) + 1;
        for (let i = 0; i < (vu === 1 ? 5 : 1); i++) await tick();
      },
      never,
    );
    expect((taken[1] ?? 0) + (taken[2] ?? 0)).toBe(6);
    expect(taken[2]).toBeGreaterThan(taken[1] ?? 0);
  });
});

describe("execute", () => {
  it("starts nothing more once aborted", async () => {
    const controller = new AbortController();
    let started = 0;
    await execute(
      { executor: "per-vu-iterations", vus: 1, iterations: 10 },
      async () => {
        if (++started === 3) controller.abort();
      },
      controller.signal,
    );
    expect(started).toBe(3);
  });

  it("knows how much a load asks for", () => {
    expect(plannedIterations({ executor: "per-vu-iterations", vus: 4, iterations: 5 })).toBe(20);
    expect(plannedIterations({ executor: "shared-iterations", vus: 4, iterations: 5 })).toBe(5);
  });
});

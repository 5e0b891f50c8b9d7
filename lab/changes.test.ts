import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startChanges } from "./changes.ts";
import type { RunEvent } from "./model/events.ts";
import type { Change } from "./model/scenario.ts";

const slower: Change = { atMs: 1_000, node: "turn", link: { latencyMs: 100 } };
const killed: Change = { atMs: 2_600, server: "turn", becomes: "killed" };
const reboot: Change = { atMs: 2_000, router: "home", forgets: true, downMs: 500 };

describe("startChanges", () => {
  const made: unknown[][] = [];
  const events: RunEvent[] = [];
  const faults: unknown[] = [];
  const lab = {
    links: { set: async (...args: unknown[]) => void made.push(["link", ...args]) },
    changeServer: async (...args: unknown[]) => void made.push(["server", ...args]),
    reboot: (router: string, downMs: number, stop: AbortSignal) =>
      new Promise<void>((resolve) => {
        made.push(["reboot", router, downMs]);
        setTimeout(resolve, downMs);
        stop.addEventListener("abort", () => resolve());
      }),
  } as unknown as Parameters<typeof startChanges>[2];
  const start = (...changes: Change[]) =>
    startChanges("s", changes, lab, { emit: (event) => events.push(event), onFault: (error) => faults.push(error) });

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    for (const list of [made, events, faults]) list.length = 0;
  });
  afterEach(() => void vi.useRealTimers());

  it("makes each change at its time, and says so", async () => {
    const changes = start(reboot, killed, slower);
    await vi.advanceTimersByTimeAsync(999);
    expect(made).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(made).toEqual([["link", "turn", { latencyMs: 100 }]]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(made.slice(1)).toEqual([
      ["reboot", "home", 500],
      ["server", "turn", "killed"],
    ]);
    expect(events).toMatchObject([
      { type: "lab_changed", scenario: "s", change: slower, atMs: 1_000 },
      { type: "lab_changed", scenario: "s", change: reboot, atMs: 2_000 },
      { type: "lab_changed", scenario: "s", change: killed, atMs: 2_600 },
    ]);
    await changes.stop();
  });

  it("makes none after the load, and says nothing of those", async () => {
    const changes = start(slower);
    await vi.advanceTimersByTimeAsync(500);
    await changes.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([made, events]).toEqual([[], []]);
  });

  it("brings a dead router back when the load ends meanwhile", async () => {
    const changes = start(reboot);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(events).toEqual([]);
    await changes.stop();
    expect(events).toMatchObject([{ type: "lab_changed", change: reboot, atMs: 2_000 }]);
  });

  it("tells a change that could not be made", async () => {
    const broken = { ...lab, reboot: () => Promise.reject(new Error("no router home")) };
    startChanges("s", [reboot], broken, { emit: () => {}, onFault: (error) => faults.push(error) });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(faults).toMatchObject([{ message: "no router home" }]);
  });
});

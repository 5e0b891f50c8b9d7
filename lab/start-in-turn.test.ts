import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startInTurn } from "./start-in-turn.ts";

function trial(count: number, { fails = -1 } = {}) {
  const ups = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const starts = ups.map((_, index) => async () => {
    started.push(index);
    if (index === fails) throw new Error("no such image");
    return index;
  });
  const stop = new AbortController();
  const running = startInTurn(starts, 2, async (index) => ups[index]?.promise, stop.signal);
  return { started, running, stop, up: (index: number) => ups[index]?.resolve() };
}

describe("starting in turn", () => {
  it("has so many on their way at a time, and does not wait for the last", async () => {
    const { started, running, up } = trial(4);
    await setImmediate();
    expect(started).toEqual([0, 1]);
    up(1);
    await setImmediate();
    expect(started).toEqual([0, 1, 2]);
    up(2);
    await setImmediate();
    expect(started).toEqual([0, 1, 2, 3]);
    up(0);
    expect((await running).map((result) => result.status === "fulfilled" && result.value)).toEqual([0, 1, 2, 3]);
  });

  it("holds nothing up where there are no more than that", async () => {
    expect(await trial(2).running).toHaveLength(2);
  });

  it("goes on after one that failed, and says which", async () => {
    const { running, up } = trial(3, { fails: 0 });
    up(1);
    expect((await running).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  });

  it("starts no more once it is told to stop", async () => {
    const { started, running, stop } = trial(5);
    await setImmediate();
    stop.abort(new Error("interrupted"));
    expect((await running).map(({ status }) => status)).toEqual([
      ...["fulfilled", "fulfilled"],
      ...["rejected", "rejected", "rejected"],
    ]);
    expect(started).toEqual([0, 1]);
  });
});

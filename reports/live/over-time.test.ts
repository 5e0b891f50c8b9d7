import { expect, it } from "vitest";
import { failedSession, runStarted, serverSampled, sessionFinished, sessionStarted } from "../example-run.ts";
import { OverTime } from "./over-time.ts";

const { at: START } = runStarted("one");

it("counts in slots: what was under way is the highest of a slot, and what is left begins the next", () => {
  const time = new OverTime();
  time.add(runStarted("one"));
  time.add({ ...sessionStarted("one", 1), at: START });
  time.add({ ...sessionStarted("one", 2), at: START + 10 });
  time.add({ ...sessionFinished("one", 1), at: START + 300 });
  time.add({ ...failedSession("one", 2, "ice_failed", "no"), at: START + 600 });
  expect(time.calls).toEqual({
    "set out": [2, 2, 2],
    connected: [0, 1, 1],
    "under way": [2, 2, 1, 0],
    "failed or dropped": [0, 0, 1],
  });
  expect(time.connect).toEqual({ slowest: [null, 401], fastest: [null, 401] });
  expect(time.slots(START + 600)).toBe(3);
});

it("is as large after a day as after a minute, and loses no peak", () => {
  const time = new OverTime();
  time.add(runStarted("one"));
  for (let s = 0; s < 86_400; s += 10)
    time.add(serverSampled("one", { at: START + 1000 * s, cpuPercent: s === 5_000 ? 99 : 1, allocations: 7 }));
  time.add({ ...sessionFinished("one", 1), at: START + 86_400_000 });
  const [cpu = []] = Object.values(time.cpu);
  expect(cpu.length).toBeLessThanOrEqual(240);
  expect(Math.max(...cpu.map((value) => value ?? 0))).toBe(99);
  expect(time.connect.slowest.filter((value) => value !== null)).toEqual([401]);
});

it("takes a session that is told late for what it is, and no rate for nought where there is none", () => {
  const time = new OverTime();
  time.add(runStarted("one"));
  time.add({ ...sessionStarted("one", 1), at: START });
  time.add({ ...sessionStarted("one", 2), at: START + 900 });
  time.add({ ...failedSession("one", 1, "ice_failed", "no"), at: START + 100 });
  time.add(serverSampled("one", { at: START + 1000 }));
  expect(time.calls["set out"].at(-1)).toBe(2);
  expect(time.calls["failed or dropped"]).toEqual([0, null, null, 1]);
  expect(time.cpu).toEqual({});
});

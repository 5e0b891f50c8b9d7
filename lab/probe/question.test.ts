import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { fillSheet, type Question } from "./question.ts";

const question = (id: string): Question => ({
  id,
  group: "protocol",
  title: id,
  expected: "403",
  severity: "error",
  reason: "",
  fix: null,
  affects: null,
  option: null,
});
const QUESTIONS = { one: question("one"), two: question("two") };

it("gives every question a result, in their order, also when one breaks the rest", async () => {
  const results = await fillSheet(QUESTIONS, "turn:t", { groupMs: 1_000 }, async (sheet) => {
    sheet.tell("one", { observed: "403", verdict: "ok" });
    throw new Error("no connection");
  });
  expect(results).toMatchObject([
    { id: "one", verdict: "ok", url: "turn:t", hasReached: null },
    { id: "two", verdict: "not-asked", why: "no connection" },
  ]);
});

it("ends when its time is over", async () => {
  const startedAt = performance.now();
  const results = await fillSheet(QUESTIONS, null, { groupMs: 50 }, async (sheet) => {
    for (;;) {
      sheet.signal.throwIfAborted();
      await sleep(5);
    }
  });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(results.map(({ why }) => why)).toEqual(Array(2).fill("the time for these questions (0.05 s) was over"));
});

it("ends when it is told to", async () => {
  const stop = new AbortController();
  const results = fillSheet(QUESTIONS, null, { groupMs: 10_000, signal: stop.signal }, async (sheet) => {
    await sleep(9_000, null, { signal: sheet.signal });
  });
  stop.abort();
  expect((await results).map(({ why }) => why)).toEqual(["interrupted", "interrupted"]);
});

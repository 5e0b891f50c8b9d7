import { expect, it } from "vitest";
import {
  aScenario,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
  sessionStarted,
} from "./example-run.ts";
import { VerdictsSoFar } from "./verdicts-so-far.ts";

it("judges each scenario by its own sessions, as if its load had ended, and forgets those that have", () => {
  const verdicts = new VerdictsSoFar();
  const violation = { code: "wrong_path", message: "Expected relayed, found direct." } as const;
  for (const name of ["good", "bad"]) verdicts.add(scenarioStarted(name, aScenario()));
  expect(verdicts.isPassed("good")).toBe(false);
  for (const event of session(sessionFinished("good", 1))) verdicts.add(event);
  for (const event of session(sessionFinished("bad", 1, { violations: [violation] }))) verdicts.add(event);
  expect(verdicts.isPassed("good")).toBe(true);
  expect(verdicts.isPassed("bad")).toBe(false);
  verdicts.add(scenarioFinished("good"));
  expect(verdicts.isPassed("good")).toBe(false);
});

it("says which threshold ends a load, from when it may on, and never one that is not told to", () => {
  const verdicts = new VerdictsSoFar();
  const thresholds = {
    session_success: [{ threshold: "rate>0.9", abortOnFail: true, delayAbortEval: "10s" }],
    connect_time: ["max<1"],
  } as const;
  verdicts.add(scenarioStarted("load", { ...aScenario(), thresholds: structuredClone(thresholds) as never }));
  expect(verdicts.abortsFor("load", 60_000)).toBeNull();
  const lost = sessionFinished("load", 1, { outcome: "failed", failure: { code: "ice_failed", message: "none" } });
  for (const event of session(lost)) verdicts.add(event);
  expect(verdicts.abortsFor("load", 9_999)).toBeNull();
  expect(verdicts.abortsFor("load", 10_000)).toBe("session_success rate>0.9, observed 0");
  expect(verdicts.abortsFor("another", 10_000)).toBeNull();
});

it("ends a load by a part of a metric, and not before it has samples", () => {
  const verdicts = new VerdictsSoFar();
  const thresholds = { "connect_time{path:direct}": [{ threshold: "max<1", abortOnFail: true }] } as const;
  verdicts.add(scenarioStarted("load", { ...aScenario(), thresholds: structuredClone(thresholds) as never }));
  for (const event of session(sessionFinished("load", 1))) verdicts.add(event);
  expect(verdicts.abortsFor("load", 60_000)).toBeNull();
  for (const event of session(sessionFinished("load", 2, { path: "direct" }))) verdicts.add(event);
  expect(verdicts.abortsFor("load", 60_000)).toBe("connect_time{path:direct} max<1, observed 402");
});

it("counts a call that is under way beyond its time as failed, and none that still has time", () => {
  const verdicts = new VerdictsSoFar();
  const thresholds = { session_success: [{ threshold: "rate>0.5", abortOnFail: true }] } as const;
  const scenario = { ...aScenario(), sessionTimeoutMs: 5_000, thresholds: structuredClone(thresholds) as never };
  verdicts.add(scenarioStarted("load", scenario));
  for (const number of [1, 2, 3]) verdicts.add(sessionStarted("load", number));
  const { at } = sessionStarted("load", 3);
  const late = at + 5_000 + (scenario.traffic?.durationMs ?? 100) + 2_001;
  expect(verdicts.abortsFor("load", 60_000, late - 10)).toBeNull();
  const found = verdicts.abortsFor("load", 60_000, late);
  expect(found).toBe("session_success rate>0.5, observed 0, with 3 that are under way beyond their time");
  for (const number of [1, 2]) verdicts.add(sessionFinished("load", number));
  expect(verdicts.abortsFor("load", 60_000, late)).toBeNull();
});

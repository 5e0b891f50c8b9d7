import { expect, it } from "vitest";
import { aScenario, scenarioFinished, scenarioStarted, session, sessionFinished } from "./example-run.ts";
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

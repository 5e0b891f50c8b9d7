import { expect, it } from "vitest";
import { capacityCourses } from "./capacity-course.ts";
import { capacityFacts } from "./capacity-facts.ts";
import { capacityReport } from "./capacity-report.ts";
import { EXAMPLE_LOGS } from "./test-events.ts";

it("has every search with its steps in the order in which they were held, and what came of each", () => {
  const [first, ...others] = capacityCourses(EXAMPLE_LOGS.found());
  expect(first?.steps.length).toBeGreaterThan(5);
  const times = first?.steps.flatMap(({ fromS, toS }) => [fromS, toS]) ?? [];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times[0]).toBeGreaterThanOrEqual(0);
  const verdicts = first?.steps.map(({ point }) => point.verdict);
  expect(verdicts).toContain("carried");
  expect(verdicts).toContain("not_carried");
  expect(others.every(({ steps }) => steps.every(({ fromS }) => fromS > (times.at(-1) ?? 0) - 0.001))).toBe(true);
});

it("is empty of a log without a step", () => {
  expect(capacityCourses([])).toEqual([]);
});

it("reads a log that does not say how long workers waited for a core, as those of before", () => {
  const before = EXAMPLE_LOGS.found().map((event) => {
    if (event.type !== "capacity_step") return event;
    const { workerWaitPercent: _, ...generator } = event.step.generator;
    return { ...event, step: { ...event.step, generator } } as typeof event;
  });
  const facts = capacityFacts(before);
  const [verdicts, asNow] = [before, EXAMPLE_LOGS.found()].map((log) =>
    capacityCourses(log).flatMap(({ steps }) => steps.map(({ point }) => point.verdict)),
  );
  expect(verdicts).toEqual(asNow);
  expect(facts && capacityReport(facts)?.status).toBe("found");
});

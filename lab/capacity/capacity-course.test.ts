import { expect, it } from "vitest";
import { capacityCourses } from "./capacity-course.ts";
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

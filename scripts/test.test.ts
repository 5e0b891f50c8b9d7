import { expect, it } from "vitest";
import { tally } from "./test.ts";

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
});

it("counts tests, not files", () => {
  const results = { testResults: [file("passed", "passed", "passed", "skipped"), file("failed", "failed", "passed")] };
  expect(tally(results, false)).toEqual({ passed: 3, failed: 1 });
});

it("a file that broke before its first test is a failure", () => {
  expect(tally({ testResults: [file("failed"), file("passed", "passed")] }, false)).toEqual({ passed: 1, failed: 1 });
});

it("a runner that fails without a failed test is a failure", () => {
  expect(tally({ testResults: [file("passed", "passed")] }, false)).toEqual({ passed: 1, failed: 1 });
  expect(tally(null, false)).toEqual({ passed: 0, failed: 1 });
});

it("nothing failed", () => {
  expect(tally({ testResults: [file("passed", "passed")] }, true)).toEqual({ passed: 1, failed: 0 });
});

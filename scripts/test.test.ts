import { expect, it } from "vitest";
import { renderTally, tally } from "./test.ts";

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one, fullName: `a test that ${one}` })),
});

it("counts tests, not files", () => {
  const results = { testResults: [file("passed", "passed", "passed", "skipped"), file("failed", "failed", "passed")] };
  expect(tally(results, false)).toEqual({ passed: 3, failed: 1, skipped: ["a test that skipped"] });
});

it("a file that broke before its first test is a failure", () => {
  expect(tally({ testResults: [file("failed"), file("passed", "passed")] }, false)).toEqual({
    passed: 1,
    failed: 1,
    skipped: [],
  });
});

it("a runner that fails without a failed test is a failure", () => {
  expect(tally({ testResults: [file("passed", "passed")] }, false)).toMatchObject({ passed: 1, failed: 1 });
  expect(tally(null, false)).toMatchObject({ passed: 0, failed: 1 });
});

it("nothing failed", () => {
  expect(tally({ testResults: [file("passed", "passed")] }, true)).toMatchObject({ passed: 1, failed: 0 });
});

it("the last line names what was skipped only where something was, and above it stands what and why", () => {
  expect(renderTally({ passed: 3, failed: 0, skipped: [] })).toBe("\n3 passed, 0 failed\n");
  expect(renderTally({ passed: 3, failed: 1, skipped: ["starting an engine [skipped: needs root on Linux]"] })).toBe(
    "\nskipped\n  starting an engine [skipped: needs root on Linux]\n\n3 passed, 1 failed, 1 skipped\n",
  );
});

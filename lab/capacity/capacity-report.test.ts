import { describe, expect, it } from "vitest";
import type { CapacityReport } from "../model/capacity-report.ts";
import type { RunEvent } from "../model/events.ts";
import { capacityFacts } from "./capacity-facts.ts";
import { capacityReport } from "./capacity-report.ts";
import { A_PLAN, aLog, EXAMPLE_LOGS, played } from "./test-events.ts";
import { anAsk } from "./test-server.ts";

const EXAMPLES = Object.entries(EXAMPLE_LOGS).map(([name, build]) => [name, build()] as const);

/** @throws where it is no capacity run's log */
function reportOf(events: readonly RunEvent[]): CapacityReport {
  const facts = capacityFacts(events);
  const report = facts && capacityReport(facts);
  if (!report) throw new Error("no report");
  return report;
}

describe.each(EXAMPLES)("a run that is %s", (name, events) => {
  it("comes to the report that reports/capacity shows", async () => {
    const text = `${JSON.stringify(reportOf(events), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`../../reports/capacity/golden/${name.replaceAll(" ", "-")}.json`);
  });

  it("is made of the log alone", () => {
    const again = events.map((event) => JSON.parse(JSON.stringify(event)) as RunEvent);
    expect(reportOf(again)).toEqual(reportOf(events));
  });
});

it.each([
  ["found", "found", "server-cpu"],
  ["limited by a quota", "found", "user-quota"],
  ["limited by the NIC", "found", "nic"],
  ["limited by the generator", "at_least", "generator"],
  ["never passed", "never_passed", "port-range"],
  ["interrupted", "interrupted", null],
  ["errored", "errored", null],
] as const)("%s: %s, %s", (name, status, constraint) => {
  const report = reportOf(EXAMPLE_LOGS[name]());
  expect(report).toMatchObject({ status, constraint });
  expect(report.knee.calls === null).toBe(status !== "found");
  expect(report.answer).toMatch(/^turnserver\.conf on .+\.$/);
});

it("answers in one sentence", () => {
  expect(reportOf(EXAMPLE_LOGS.found()).answer).toMatch(
    /^turnserver\.conf on 0\.25 cores carries \d+ calls \(audio, UDP, one end relayed\); server CPU binds\.$/,
  );
});

it("refuses to call a capacity what the generator bound, and says what was carried", () => {
  const { knee, answer } = reportOf(EXAMPLE_LOGS["limited by the generator"]());
  expect(knee.calls).toBeNull();
  expect(knee.atLeast).toBeGreaterThan(500);
  expect(answer).toContain("at least");
  expect(answer).not.toMatch(/carries \d/);
});

describe("a prediction", () => {
  it("is held against a measurement that it knows nothing of", () => {
    const searches = [0.25, 0.5].map((cpus) => played(`${cpus} cores`, anAsk({ size: { cpus } })));
    const log = (steps = searches[1]?.steps) =>
      aLog([searches[0], steps && { ...searches[1], steps }].filter((one) => one !== undefined) as never, {
        sizes: [{ cpus: 0.5 }],
      });
    const [honest] = reportOf(log()).prediction;
    expect(honest?.measured?.calls).toBe(searches[1]?.end?.carried);
    expect(Math.abs(honest?.measured?.deviation ?? 1)).toBeLessThan(0.2);
    // Had it looked, a server of ten times the cost would have changed it.
    const dear = searches[1]?.steps.map((step) => ({
      ...step,
      server: { ...step.server, cpuPercent: (step.server.cpuPercent ?? 0) * 10 },
    }));
    expect(reportOf(log(dear)).prediction[0]?.calls).toBe(honest?.calls);
  });

  it("is none for the size of the question where nothing else was measured", () => {
    expect(reportOf(aLog([played("one", anAsk())], { sizes: [{ cpus: 0.25 }] })).prediction).toEqual([]);
  });
});

it("names the death of a server whose search never ended", () => {
  const whole = played("one", anAsk());
  const dead = whole.steps.slice(0, 3).map((step, index) => ({
    ...step,
    server: { ...step.server, isAlive: index < 2, isOutOfMemory: index === 2 },
  }));
  const report = reportOf(aLog([{ ...whole, steps: dead, end: null }]));
  expect(report).toMatchObject({ status: "undecided", constraint: "memory" });
  expect(report.answer).toMatch(
    /the server died under load for want of memory, before a knee was found .* were carried\.$/,
  );
});

describe("a log", () => {
  it("of no capacity run is none, nor one without a question", () => {
    expect(capacityFacts([])).toBeNull();
    const facts = capacityFacts(aLog([]));
    expect(facts && capacityReport(facts)).toBeNull();
  });

  it("without its end was interrupted: what was carried stands", () => {
    const whole = played("one", anAsk());
    const events = aLog([{ ...whole, steps: whole.steps.slice(0, 2), end: null }], { plan: A_PLAN });
    const report = reportOf(events.filter(({ type }) => type !== "capacity_finished"));
    expect(report).toMatchObject({ status: "interrupted", durationMs: null, knee: { calls: null } });
    expect(report.knee.atLeast).toBeGreaterThan(0);
    expect(report.curve).toHaveLength(2);
  });
});

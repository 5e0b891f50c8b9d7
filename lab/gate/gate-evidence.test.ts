import { expect, it } from "vitest";
import type { RunEvent } from "../model/events.ts";
import { gateEvidence } from "./gate-evidence.ts";
import { GATE_TABLE } from "./gate-facts.ts";
import { testCell, testProfile } from "./test-facts.ts";

const SERVER = { file: "new.conf", image: null, version: null, lines: {} };
const log = (outcomes: readonly ("connected" | "failed")[], shown?: string[]): RunEvent[] => [
  {
    type: "run_started",
    schemaVersion: 1,
    at: 1_000,
    runId: "id",
    scenarios: ["candidate"],
    harness: { turnlab: "0.1.0", node: "v24", cpus: 2 },
    engine: null,
  },
  {
    type: "gate_started",
    at: 1_001,
    strict: false,
    profile: testProfile(),
    cells: [testCell()],
    sides: { candidate: { ...SERVER, ...(shown ? { shown } : {}) } },
  },
  ...outcomes.map(
    (outcome, index) =>
      ({
        type: "session_finished",
        at: 3_000,
        scenario: "candidate",
        session: index + 1,
        cell: { table: GATE_TABLE, row: "home", column: "1" },
        outcome,
        dropped: false,
        failure: null,
        violations: [],
        timings: { connect_time: outcome === "connected" ? 310 : null },
      }) as unknown as RunEvent,
  ),
];

it("is how a cell came to its decision: a good call lifts it by little, a bad one drops it by much", () => {
  const [course] = gateEvidence(log(["connected", "connected", "failed"]))?.courses ?? [];
  const rise = Math.log(0.99 / 0.95);
  expect(course?.sides.candidate).toEqual([
    expect.closeTo(rise),
    expect.closeTo(2 * rise),
    expect.closeTo(2 * rise + Math.log(0.01 / 0.05)),
  ]);
  expect(course?.sides).not.toHaveProperty("baseline");
  expect(course?.goodAt).toBeCloseTo(-Math.log(0.05));
  expect(course?.badAt).toBeCloseTo(Math.log(0.05));
});

it("has the files where the log does, and no course where nobody called", () => {
  expect(gateEvidence(log([], ["realm=a"]))).toEqual({ courses: [], rounds: [], configs: { candidate: ["realm=a"] } });
  expect(gateEvidence(log([]))?.configs).toEqual({});
  expect(gateEvidence(log([]).slice(0, 1))).toBeNull();
});

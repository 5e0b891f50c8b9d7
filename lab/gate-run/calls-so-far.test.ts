import { describe, expect, it } from "vitest";
import { GATE_TABLE, gateFacts } from "../gate/gate-facts.ts";
import { testCell, testProfile } from "../gate/test-facts.ts";
import type { SessionFinished } from "../model/events.ts";
import type { FailureCode } from "../model/failure.ts";
import { CallsSoFar } from "./calls-so-far.ts";

const finished = (session: number, cause: FailureCode | null, round = 1): SessionFinished =>
  ({
    type: "session_finished",
    scenario: "candidate",
    session,
    cell: { table: GATE_TABLE, row: "home", column: String(round) },
    outcome: cause === null ? "connected" : "failed",
    dropped: false,
    violations: [],
    failure: cause === null ? null : { code: cause, message: "no" },
    timings: { connect_time: cause === null ? 300 : null },
  }) as unknown as SessionFinished;

const lost = (rules: Record<string, "off" | "warning" | "error">, rounds = 2) => {
  const calls = new CallsSoFar([testCell()], testProfile({ rules }), true);
  for (let session = 1; session <= 16; session += 1) {
    calls.add("candidate", finished(session, "turn_tls_failed", 1 + (session % rounds)), 400);
    calls.add("baseline", finished(session, null), 400);
  }
  return calls.standings()[0];
};

describe("the calls so far", () => {
  it("have a failed cell only where the profile counts what it failed of", () => {
    expect(lost({})?.verdict).toBe("failed");
    expect(lost({ turn_unauthorized: "off" })?.verdict).toBe("failed");
    for (const set of ["off", "warning"] as const) expect(lost({ turn_tls_failed: set })?.verdict).toBe("not_counted");
  });

  it("have no failed cell of one turn alone: a machine that stands still looks like that", () => {
    expect(lost({}, 1)).toMatchObject({ verdict: "undecided", decision: "bad" });
  });

  it("stand in the order in which they began, in the log as well: those that fail end last", () => {
    const calls = new CallsSoFar([testCell()], testProfile(), false);
    const ended = [finished(2, null), finished(3, null), finished(1, "turn_tls_failed")];
    for (const session of ended) calls.add("candidate", session, 400);
    expect(calls.standings()[0]).toMatchObject({ candidate: [false, true, true], baseline: null });
    const facts = gateFacts([
      { type: "run_started", at: 1, runId: "id" } as never,
      { type: "gate_started", profile: testProfile(), cells: [testCell()], sides: { candidate: {} } } as never,
      ...ended,
    ]);
    expect(facts?.sides.candidate?.calls.map(({ isGood }) => isGood)).toEqual([false, true, true]);
  });
});

import { describe, expect, it } from "vitest";
import type { RunEvent } from "../model/events.ts";
import { GATE_TABLE, gateFacts } from "./gate-facts.ts";
import { testCell, testCheck, testProfile } from "./test-facts.ts";

const peer = { candidates: [], urls: [], selectedPair: null, selectedUrl: null, selectedTransport: null } as const;
const report = { ...peer, candidates: [], urls: [], messagesSent: 5, messagesReceived: 5, failure: null };

const call = (scenario: string, row: string, over: object = {}): RunEvent =>
  ({
    type: "session_finished",
    at: 3_000,
    scenario,
    session: 1,
    vu: 1,
    iteration: 0,
    cell: { table: GATE_TABLE, row, column: "2" },
    outcome: "connected",
    dropped: false,
    failure: null,
    violations: [],
    path: "relayed",
    pair: "relay-srflx",
    timings: {
      connect_time: 310,
      gather_time: 1,
      ice_time: 1,
      dtls_time: 1,
      first_data_time: 1,
      turn_allocate_time: [],
    },
    peers: { offerer: report, answerer: report },
    messagesSkipped: 0,
    ...over,
  }) as RunEvent;

const server = (file: string) => ({ file, image: null, version: null });
const log: RunEvent[] = [
  {
    type: "run_started",
    schemaVersion: 1,
    at: 1_000,
    runId: "id",
    scenarios: ["candidate", "baseline"],
    harness: { turnlab: "0.1.0", node: "v24", cpus: 2 },
    engine: {} as never,
  },
  {
    type: "gate_started",
    at: 1_001,
    strict: false,
    profile: testProfile(),
    cells: [testCell()],
    sides: {
      candidate: { ...server("new.conf"), lines: { realm: 4 } },
      baseline: { ...server("old.conf"), lines: {} },
    },
  },
  { type: "gate_checked", at: 1_002, side: "candidate", findings: [testCheck()], durationMs: 1 },
  { type: "gate_server_up", at: 1_500, side: "candidate", server: { ...server("new.conf"), version: "4.6.1" } },
  { type: "gate_server_failed", at: 1_500, side: "baseline", reason: "no", code: null },
  call("candidate", "home"),
  call("candidate", "home", { dropped: true }),
  call("baseline", "home", { violations: [{ code: "path_unexpected", message: "direct" }] }),
  call("candidate", "home", { cell: undefined }),
  { type: "gate_finished", at: 9_000, end: "decided", reason: null, layerMs: { check: 1 }, durationMs: 8_000 },
];

describe("the facts of a gate", () => {
  it("are those of its log", () => {
    const facts = gateFacts(log);
    expect(facts).toMatchObject({
      runId: "id",
      startedAt: 1_000,
      durationMs: 8_000,
      end: "decided",
      layerMs: { check: 1 },
    });
    expect(facts?.sides.candidate).toMatchObject({
      server: { file: "new.conf", version: "4.6.1" },
      start: { isUp: true },
      checks: [{ rule: "unknown-option" }],
      lines: { realm: 4 },
      calls: [{ cell: "home", round: 2, connectTimeMs: 310, isGood: true }, { isGood: false }],
    });
    expect(facts?.sides.baseline).toMatchObject({
      start: { isUp: false, reason: "no" },
      calls: [{ isGood: false, message: "direct" }],
    });
  });

  it("of a log that was cut off are those of an interrupted gate", () => {
    expect(gateFacts(log.slice(0, -1))).toMatchObject({ end: "interrupted", durationMs: null });
    expect(gateFacts(log.slice(0, 3))?.sides.candidate).toMatchObject({ start: null, calls: [] });
  });

  it("are none of another run", () => {
    expect(gateFacts(log.slice(0, 1))).toBeNull();
    expect(gateFacts([])).toBeNull();
  });
});

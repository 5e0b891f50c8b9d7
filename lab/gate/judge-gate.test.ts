import { describe, expect, it } from "vitest";
import type { GateFacts, GateSideFacts } from "../model/gate.ts";
import { judgeGate } from "./judge-gate.ts";
import {
  failedCall,
  testCall,
  testCell,
  testCheck,
  testFacts,
  testProbe,
  testProfile,
  testRounds,
  testSide,
  times,
} from "./test-facts.ts";

const sides = (candidate: Partial<GateSideFacts>, baseline?: Partial<GateSideFacts>): GateFacts["sides"] => ({
  candidate: testSide(candidate),
  ...(baseline
    ? { baseline: testSide({ server: { file: "old.conf", image: null, version: "4.6.1" }, ...baseline }) }
    : {}),
});
const failing = (facts: GateFacts) => judgeGate(facts).findings.filter(({ verdict }) => verdict === "fails");

describe("the verdict of a gate", () => {
  it("passes what is as good as before", () => {
    const report = judgeGate(testFacts());
    expect(report).toMatchObject({ status: "passed", findings: [] });
    expect(report.verdict).toBe("Safe to ship: the one kind of call that users need works as before.");
    expect(report.differences.map(({ metric, verdict }) => `${metric} ${verdict}`)).toEqual([
      "success none",
      "connect_time none",
      "cpu_per_call none",
      "memory_per_allocation none",
      "delivery none",
    ]);
  });

  it("passes without a baseline, and then compares nothing", () => {
    const report = judgeGate(testFacts({ sides: sides({}) }));
    expect(report).toMatchObject({ status: "passed", baseline: null, differences: [] });
  });

  it("is undecided where calls are too few, however well they went", () => {
    const report = judgeGate(testFacts({ sides: sides({ calls: times(20, testCall()) }), end: "budget" }));
    expect(report.status).toBe("undecided");
    expect(report.cells[0]).toMatchObject({ verdict: "undecided", candidate: { calls: 20, succeeded: 20, rate: 1 } });
    expect(report.verdict).toContain("1 of 1 kinds of calls were not decided within 300 s");
  });

  it("never passes without calls or without cells", () => {
    expect(judgeGate(testFacts({ sides: sides({ calls: [] }, { calls: [] }) })).status).toBe("undecided");
    expect(judgeGate(testFacts({ cells: [] })).status).toBe("undecided");
    expect(judgeGate(testFacts({ sides: {} })).status).toBe("undecided");
  });

  it("counts a call that took too long, or broke an expectation, as none", () => {
    const slow = testCall({ connectTimeMs: 5_001 });
    expect(failing(testFacts({ sides: sides({ calls: times(10, slow) }) }))).toMatchObject([{ rule: "too_slow" }]);
    const wrong = testCall({ isGood: false, message: "the relayed address is not the server's" });
    expect(failing(testFacts({ sides: sides({ calls: times(10, wrong) }) }))[0]?.what).toBe(
      "the relayed address is not the server's",
    );
  });

  it("fails nothing that would not have failed without the round in which most did: a machine that stood still", () => {
    const round = (number: number) => times(8, failedCall()).map((call) => ({ ...call, round: number }));
    const baseline = { calls: times(24, testCall()) };
    const candidates = {
      one: round(1),
      strays: [...round(1), failedCall({ round: 2 })],
      two: [...round(1), ...round(2)],
    };
    const failed = Object.entries(candidates).map(([name, calls]) => [
      name,
      failing(testFacts({ sides: sides({ calls }, baseline) })).length > 0,
    ]);
    expect(Object.fromEntries(failed)).toEqual({ one: false, strays: false, two: true });
  });

  it("says who cannot connect, why, and where the line is", () => {
    const cells = [testCell(), testCell({ id: "udp-blocked", network: "udp-blocked", who: "users without UDP" })];
    const lost = (cell: string) => failedCall({ cell, cause: "turn_wrong_secret", message: "401 to a wrong secret" });
    const calls = [...times(14, lost("home")), ...times(14, lost("udp-blocked"))];
    const good = ["home", "udp-blocked"].flatMap((cell) => times(14, testCall({ cell })));
    const found = failing(testFacts({ cells, sides: sides({ calls }, { calls: good }), end: "certain_failure" }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      layer: "calls",
      rule: "turn_wrong_secret",
      place: { file: "new.conf", line: 7 },
      affects: "users at home; users without UDP cannot connect",
      what: "401 to a wrong secret",
      evidence: [
        "home: 0 of 14 calls connected in time, baseline 14 of 14",
        "udp-blocked: 0 of 14 calls connected in time, baseline 14 of 14",
      ],
    });
  });

  it("does not blame the candidate for what the baseline has as well, unless it is told to be strict", () => {
    const facts = testFacts({ sides: sides({ calls: times(20, failedCall()) }, { calls: times(20, failedCall()) }) });
    const report = judgeGate(facts);
    expect(report.status).toBe("passed");
    expect(report.cells[0]?.verdict).toBe("already_there");
    expect(report.findings).toMatchObject([{ verdict: "already_there" }]);
    expect(judgeGate({ ...facts, strict: true }).status).toBe("failed");
  });

  it("fails a candidate that is worse than a baseline that was bad already", () => {
    const halfBad = Array.from({ length: 60 }, (_, index) => (index % 6 === 5 ? failedCall() : testCall()));
    const facts = testFacts({ sides: sides({ calls: times(60, failedCall()) }, { calls: halfBad }) });
    expect(judgeGate(facts).cells[0]?.verdict).toBe("failed");
  });

  it("blames nobody on one call that failed among many", () => {
    const calls = [...times(70, testCall()), failedCall(), ...times(60, testCall())];
    expect(judgeGate(testFacts({ sides: sides({ calls }, {}) })).status).toBe("passed");
  });

  it("fails for an error of the file that the baseline has not, on whatever line", () => {
    const known = testCheck({ line: 9, file: "old.conf" });
    expect(failing(testFacts({ sides: sides({ checks: [testCheck()] }, { checks: [known] }) }))).toEqual([]);
    expect(failing(testFacts({ sides: sides({ checks: [testCheck()] }, {}) }))).toMatchObject([
      { layer: "check", place: { file: "new.conf", line: 3 }, fix: "realm=turn.example.org" },
    ]);
    const warning = testCheck({ severity: "warning" });
    expect(judgeGate(testFacts({ sides: sides({ checks: [warning] }, {}) })).findings).toMatchObject([
      { verdict: "noted" },
    ]);
    const both = testFacts({ sides: sides({ checks: [warning] }, { checks: [warning] }) });
    expect(judgeGate(both).findings).toMatchObject([{ severity: "warning", verdict: "already_there" }]);
    expect(judgeGate({ ...both, strict: true }).status).toBe("passed");
  });

  it("tells of a layer that is left out, and lets the others decide", () => {
    const facts = testFacts({ sides: sides({ checks: [testCheck()] }, {}), leftOut: ["check"] });
    const report = judgeGate(facts);
    expect(report).toMatchObject({ status: "passed", leftOut: ["check"], findings: [{ verdict: "noted" }] });
    expect(report.verdict).toMatch(/ Left out: check, with one error\.$/);
    expect(judgeGate({ ...facts, strict: true }).status).toBe("passed");
    const probed = { ...facts, sides: sides({ checks: [testCheck()], probes: [testProbe()] }, {}) };
    expect(judgeGate(probed).status).toBe("failed");
    expect(judgeGate({ ...probed, leftOut: ["check", "probe"] }).status).toBe("passed");
    const start = { isUp: false as const, reason: "CONFIG ERROR: max-port", code: null };
    const dead = testFacts({ sides: sides({ start, calls: [] }), end: "certain_failure", leftOut: ["check", "probe"] });
    expect(judgeGate(dead).status).toBe("failed");
  });

  it("lets a profile set every rule", () => {
    const facts = testFacts({ sides: sides({ checks: [testCheck()], probes: [testProbe()] }, {}) });
    const off = testProfile({ rules: { "unknown-option": "off", "peer-10.0.0.1": "warning" } });
    expect(judgeGate({ ...facts, profile: off })).toMatchObject({
      status: "passed",
      findings: [{ rule: "peer-10.0.0.1", verdict: "noted" }],
    });
  });

  it("lets it set what calls and metrics come to as well", () => {
    const lost = sides({ calls: times(10, failedCall()) }, {});
    const rules = { turn_unauthorized: "warning", "difference-success": "off" } as const;
    expect(judgeGate(testFacts({ sides: lost, profile: testProfile({ rules }) })).findings).toMatchObject([
      { rule: "turn_unauthorized", severity: "warning", verdict: "noted" },
    ]);
  });

  it("counts calls that a profile lets fail in no share either", () => {
    const cells = [testCell(), testCell({ id: "kiosk" })];
    const calls = [...times(120, testCall()), ...times(20, failedCall({ cell: "kiosk" }))];
    const good = ["home", "kiosk"].flatMap((cell) => times(60, testCall({ cell })));
    const facts = testFacts({ cells, sides: sides({ calls }, { calls: good }) });
    expect(judgeGate(facts).status).toBe("failed");
    const report = judgeGate({ ...facts, profile: testProfile({ rules: { turn_unauthorized: "off" } }) });
    expect(report).toMatchObject({ status: "passed", findings: [] });
    expect(report.verdict).toContain("1 of 2 kinds of calls that users need work");
    expect(report.differences[0]).toMatchObject({ metric: "success", candidate: 1, baseline: 1, verdict: "none" });
  });

  it("fails for a probe's weak answer, and names its line and its proof", () => {
    const probed = sides({ probes: [testProbe()], lines: { "denied-peer-ip": 12 } }, { probes: [] });
    expect(failing(testFacts({ sides: probed }))).toMatchObject([
      {
        place: { file: "new.conf", line: 12 },
        evidence: ["a listener of the lab at that address received the packet"],
      },
    ]);
    const fine = testProbe({ verdict: "ok", observed: "403" });
    expect(failing(testFacts({ sides: sides({ probes: [fine] }, {}) }))).toEqual([]);
  });

  it("fails a candidate that does not start, with the server's own words", () => {
    const start = { isUp: false as const, reason: "CONFIG ERROR: max-port", code: null };
    const report = judgeGate(testFacts({ sides: sides({ start, calls: [] }), end: "certain_failure" }));
    expect(report.status).toBe("failed");
    expect(report.findings[0]).toMatchObject({ rule: "server-does-not-start", reason: "CONFIG ERROR: max-port" });
  });

  it("fails for a metric beyond its margin, and not for one inside of it", () => {
    const baseline = testRounds("baseline", [0.1, 0.4, 0.2, 0.5, 0.3, 0.2, 0.1, 0.3]);
    const double = testRounds("candidate", [10.2, 10.9, 10.4, 10.8, 10.1, 10.3, 10.6, 10.5]);
    const found = failing(testFacts({ rounds: [...double, ...baseline] }));
    expect(found.map(({ rule }) => rule)).toEqual(["difference-cpu-per-call"]);
    const slightly = testRounds("candidate", [1.2, 1.5, 1.3, 1.6, 1.4, 1.3, 1.2, 1.4]);
    expect(failing(testFacts({ rounds: [...slightly, ...baseline] }))).toEqual([]);
  });

  it("reads metrics at planned numbers of pairs, and pays for each look", () => {
    const noise = [0.1, 0.4, 0.2, 0.5, 0.3, 0.2, 0.1, 0.3, 0.4, 0.2, 0.3, 0.1];
    const at = (pairs: number) => {
      const rounds = (["candidate", "baseline"] as const).flatMap((side) => testRounds(side, noise.slice(0, pairs)));
      return judgeGate(testFacts({ rounds })).differences.find(({ metric }) => metric === "connect_time");
    };
    expect([2, 3, 5, 6, 8, 9, 11, 12].map((pairs) => at(pairs)?.rounds)).toEqual([2, 3, 3, 6, 6, 9, 9, 12]);
    // 5 % over six decisions, of which 55 % at six pairs and 20 % at nine and at twelve.
    expect(at(6)?.confidence).toBeCloseTo(1 - (2 * 0.05 * 0.55) / 6, 9);
    expect(at(12)?.confidence).toBeCloseTo(1 - (2 * 0.05 * 0.2) / 6, 9);
    expect(at(2)).toMatchObject({ verdict: "undecided", isSettled: false });
    expect(at(6)).toMatchObject({ verdict: "none", isSettled: true });
  });

  it("fails nobody by the sum of calls that are undecided each", () => {
    const every = (good: number) => Array.from({ length: 60 }, (_, at) => (at % 20 < good ? testCall() : failedCall()));
    const facts = testFacts({ sides: sides({ calls: every(3) }, { calls: every(6) }), end: "budget" });
    expect(judgeGate(facts)).toMatchObject({ status: "undecided", findings: [] });
  });

  it("compares as many calls of the one as of the other in each cell", () => {
    const cells = [testCell(), testCell({ id: "far" })];
    const calls = (home: number, far: number) => [
      ...times(home, testCall()),
      ...Array.from({ length: far }, (_, index) =>
        index % 100 === 99 ? failedCall({ cell: "far" }) : testCall({ cell: "far" }),
      ),
    ];
    const facts = testFacts({ cells, sides: sides({ calls: calls(75, 200) }, { calls: calls(25, 200) }) });
    expect(judgeGate(facts).differences[0]).toMatchObject({ metric: "success", change: 0, verdict: "none" });
  });

  it("fails where half of what calls send does not arrive any more, with a baseline or without", () => {
    const half = testRounds("candidate", [0.1, 0.4, 0.2, 0.5, 0.3, 0.2], { deliveryShare: 0.5 });
    const whole = testRounds("baseline", [0.1, 0.4, 0.2, 0.5, 0.3, 0.2]);
    expect(failing(testFacts({ rounds: [...half, ...whole] })).map(({ rule }) => rule)).toContain(
      "difference-delivery",
    );
    const alone = testFacts({ rounds: half, sides: sides({ lines: { "max-bps": 4 } }) });
    expect(failing(alone)).toMatchObject([{ rule: "delivery", place: { line: 4 } }]);
  });

  it("has no verdict where the lab broke, and none of an interrupted gate that has found nothing", () => {
    expect(judgeGate(testFacts({ end: "broke", reason: "no memory" })).verdict).toBe(
      "No verdict: the lab broke (no memory).",
    );
    expect(judgeGate(testFacts({ end: "interrupted" })).status).toBe("interrupted");
    const found = testFacts({ end: "interrupted", sides: sides({ checks: [testCheck()] }, {}) });
    expect(judgeGate(found).status).toBe("failed");
  });

  it("says of a baseline that does not work that it is that, and not the lab", () => {
    const report = judgeGate(
      testFacts({ end: "bad_baseline", reason: "no call of the profile works with the baseline" }),
    );
    expect(report).toMatchObject({ status: "errored", end: "bad_baseline" });
    expect(report.verdict).toBe("No verdict: no call of the profile works with the baseline.");
  });

  it("excuses a bad cell by the baseline's only where it is no worse", () => {
    const half = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? failedCall() : testCall()));
    const most = Array.from({ length: 60 }, (_, index) => (index % 8 === 0 ? failedCall() : testCall()));
    expect(judgeGate(testFacts({ sides: sides({ calls: half }, { calls: most }) })).cells[0]?.verdict).not.toBe(
      "already_there",
    );
    const alike = testFacts({ sides: sides({ calls: times(20, failedCall()) }, { calls: times(20, failedCall()) }) });
    expect(judgeGate(alike).cells[0]?.verdict).toBe("already_there");
  });

  it("is not excused by a baseline that is weak in a lesser way", () => {
    const reached = testProbe();
    const permitted = testProbe({ severity: "warning", hasReached: false });
    expect(failing(testFacts({ sides: sides({ probes: [reached] }, { probes: [permitted] }) }))).toHaveLength(1);
    expect(failing(testFacts({ sides: sides({ probes: [permitted] }, { probes: [reached] }) }))).toEqual([]);
    const quota = (granted: number) =>
      testProbe({ id: "quota-calls", observed: `${granted}, then 486`, hasReached: null, measured: { granted } });
    expect(failing(testFacts({ sides: sides({ probes: [quota(2)] }, { probes: [quota(38)] }) }))).toHaveLength(1);
    expect(failing(testFacts({ sides: sides({ probes: [quota(37)] }, { probes: [quota(38)] }) }))).toEqual([]);
    const warned = testCheck({ severity: "warning" });
    expect(failing(testFacts({ sides: sides({ checks: [testCheck()] }, { checks: [warned] }) }))).toHaveLength(1);
  });

  it("does not pass what the server's answers told nothing of", () => {
    const unclear = testProbe({ verdict: "unclear", observed: "none" });
    const report = judgeGate(testFacts({ sides: sides({ probes: [unclear] }, {}) }));
    expect(report.status).toBe("undecided");
    expect(report.verdict).toContain("told nothing of peer-10.0.0.1");
    expect(judgeGate(testFacts({ sides: sides({ probes: [unclear] }, { probes: [unclear] }) })).status).toBe("passed");
    expect(judgeGate(testFacts({ sides: sides({ probes: [] }) })).status).toBe("undecided");
  });

  it("says how many kinds work where a profile lets one fail", () => {
    const lost = sides({ calls: times(10, failedCall()) }, {});
    const rules = { turn_unauthorized: "off", "difference-success": "off" } as const;
    expect(judgeGate(testFacts({ sides: lost, profile: testProfile({ rules }) })).verdict).toContain("0 of 1 kinds");
  });

  it("counts known holes when it is strict, and only then", () => {
    const hole = testCheck({ rule: "cve-2026-68552", severity: "warning" });
    const facts = testFacts({ sides: sides({ checks: [hole] }, { checks: [hole] }) });
    expect(judgeGate(facts).status).toBe("passed");
    expect(judgeGate({ ...facts, strict: true }).status).toBe("failed");
  });

  it("keeps what the file says where the lab broke, and not what calls came to then", () => {
    const found = testFacts({ end: "broke", reason: "no memory", sides: sides({ checks: [testCheck()] }, {}) });
    expect(judgeGate(found).status).toBe("failed");
    const lost = testFacts({ end: "broke", reason: "no memory", sides: sides({ calls: times(10, failedCall()) }, {}) });
    expect(judgeGate(lost).status).toBe("errored");
  });

  it("takes CPU that is below what can be measured for that", () => {
    const none = (side: "candidate" | "baseline") => testRounds(side, [0, 0, 0, 0], { cpuPerCallMs: -0.2 });
    const { differences } = judgeGate(testFacts({ rounds: [...none("candidate"), ...none("baseline")] }));
    expect(differences.find(({ metric }) => metric === "cpu_per_call")?.verdict).toBe("none");
  });

  it("leaves cells that were bad before out of the shares that it compares", () => {
    const cells = [testCell(), testCell({ id: "dead" })];
    const dead = (length: number) => times(length, failedCall({ cell: "dead" }));
    const facts = testFacts({
      cells,
      sides: sides(
        { calls: [...times(120, testCall()), ...dead(20)] },
        { calls: [...times(40, testCall()), ...dead(60)] },
      ),
    });
    const { differences, status } = judgeGate(facts);
    expect(differences.find(({ metric }) => metric === "success")).toMatchObject({ verdict: "none", change: 0 });
    expect(status).toBe("passed");
  });

  it("puts what fails first", () => {
    const checks = [
      testCheck({ severity: "note", rule: "a", option: "mobility", fix: null }),
      testCheck({ severity: "warning", rule: "b", option: "no-dtls", fix: null }),
      testCheck(),
    ];
    const { findings } = judgeGate(testFacts({ sides: sides({ checks }, {}) }));
    expect(findings.map(({ rule }) => rule)).toEqual(["unknown-option", "b", "a"]);
  });
});

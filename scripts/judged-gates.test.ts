import { describe, expect, it } from "vitest";
import { judgeGate } from "../lab/gate/judge-gate.ts";
import {
  failedCall,
  testCall,
  testCell,
  testCheck,
  testFacts,
  testProbe,
  testRounds,
  testSide,
  times,
} from "../lab/gate/test-facts.ts";
import { gateSchema } from "../reports/gate/gate-schema.ts";
import { renderGateHtml } from "../reports/gate/html/gate-html.ts";
import { GATE_RENDERERS } from "../reports/gate/index.ts";

/** What `lab/gate` judges, in the formats that `reports/gate` has: two rooms that do not know each other. */
const baseline = testSide({ server: { file: "old.conf", image: null, version: "4.6.1" } });
const FACTS = {
  "as good as before": testFacts(),
  "without a baseline": testFacts({ sides: { candidate: testSide() } }),
  "broken in its text": testFacts({
    sides: { candidate: testSide({ checks: [testCheck()], start: null, calls: [] }), baseline },
    end: "certain_failure",
  }),
  "open to inside": testFacts({ sides: { candidate: testSide({ probes: [testProbe()] }), baseline } }),
  "without calls that connect": testFacts({
    sides: { candidate: testSide({ calls: times(20, failedCall()) }), baseline },
    cells: [testCell(), testCell({ id: "udp-blocked", network: "udp-blocked" })],
  }),
  "not started": testFacts({
    sides: {
      candidate: testSide({
        start: { isUp: false, reason: "exit code 255", code: "turn_server_not_started" },
        calls: [],
      }),
      baseline,
    },
  }),
  "too few calls": testFacts({
    sides: { candidate: testSide({ calls: times(3, testCall()) }), baseline },
    end: "budget",
  }),
  slower: testFacts({
    rounds: [...testRounds("baseline", times(12, 300)), ...testRounds("candidate", times(12, 900))],
  }),
  "a lab that broke": testFacts({ end: "broke", reason: "container fabric died" }),
  "nothing at all": testFacts({ sides: {}, cells: [], rounds: [], end: "interrupted", durationMs: null }),
};

describe.each(Object.entries(FACTS))("a gate that is %s", (_, facts) => {
  const report = judgeGate(facts);
  const render = (format: keyof typeof GATE_RENDERERS) => GATE_RENDERERS[format](report, { color: false, width: 80 });

  it("is what gate.json's schema says", () => {
    expect(gateSchema.parse(JSON.parse(render("json")))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it("can be read", () => {
    expect(render("terminal").split("\n")[0]).toContain(report.verdict.slice(0, 20));
    expect(render("terminal")).not.toMatch(/undefined|NaN|\[object/);
    expect(render("markdown")).not.toMatch(/undefined|NaN|\[object/);
    expect(render("junit")).toContain("</testsuites>");
    const html = renderGateHtml(report, { courses: [], rounds: [], configs: {} });
    expect(html).toContain(`turnlab gate: ${report.status}`);
    expect(html).not.toMatch(/undefined|NaN|\[object/);
  });
});

import { describe, expect, it } from "vitest";
import type { MutationResult } from "../../lab/model/gate-mutation.ts";
import { isAsItMustBe, mutationLine, mutationsText } from "./mutations-text.ts";

const result = (name: string, changes: Partial<MutationResult>): MutationResult => ({
  name,
  kind: "fault",
  outcome: "caught",
  finding: { layer: "check", rule: "port-order", line: 3, what: "expected a, found b" },
  reason: null,
  durationMs: 1_234,
  folder: name,
  ...changes,
});

describe("mutations as text", () => {
  it("has a line for each that says by what it was caught", () => {
    expect(mutationLine(result("max-port", {}), 10)).toBe("✓ max-port    caught by check: port-order, line 3, 1.2 s");
    const missed = result("no-udp", { outcome: "missed", finding: null, reason: "expected check: no-udp" });
    expect(mutationLine(missed)).toBe("✗ no-udp  MISSED, 1.2 s (expected check: no-udp)");
  });

  it("counts, times, and tells again what is not as it must be", () => {
    const text = mutationsText([
      result("a", {}),
      result("b", { durationMs: 9_000, finding: { layer: "calls", rule: "turn_no_answer", line: null, what: "" } }),
      result("c", { outcome: "misnamed", reason: "expected probe: x", durationMs: 2_000 }),
      result("e", { kind: "harmless", outcome: "passed", finding: null, durationMs: 60_000 }),
      result("f", { kind: "harmless", outcome: "false_alarm", durationMs: 4_000 }),
    ]);
    expect(text).toBe(
      [
        "caught 2 of 3 faults (1 by check, 1 by calls)",
        "false alarms 1 of 2 harmless edits, passed 1",
        "faults: median 2.0 s, at most 9.0 s, 3 gates",
        "harmless edits: median 32.0 s, at most 60.0 s, 2 gates",
        "",
        "✗ c  MISNAMED by check: port-order, line 3, 2.0 s (expected probe: x)",
        "✗ f  FALSE ALARM by check: port-order, line 3, 4.0 s",
        "",
      ].join("\n"),
    );
  });

  it("takes nothing undecided for good", () => {
    expect(isAsItMustBe({ outcome: "undecided" })).toBe(false);
    expect(isAsItMustBe({ outcome: "passed" })).toBe(true);
  });
});

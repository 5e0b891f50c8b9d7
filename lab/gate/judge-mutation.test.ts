import { describe, expect, it } from "vitest";
import type { GateFinding, ToldFinding } from "../model/gate.ts";
import type { GateFault } from "../model/gate-mutation.ts";
import { judgeFault, judgeHarmless } from "./judge-mutation.ts";

const TEXT = "realm=a\nno-udp\n";
const fault: GateFault = {
  name: "no-udp",
  why: "Nobody listens on UDP.",
  change: [{ add: "no-udp" }],
  caught: { check: ["url-without-listener"], calls: ["turn_*"] },
  line: "no-udp",
};

const finding = (
  layer: GateFinding["layer"],
  rule: string,
  line: number | null,
  verdict: GateFinding["verdict"] = "fails",
) => ({ layer, rule, verdict, place: { file: "x.conf", line }, what: "w", also: [] as ToldFinding[] }) as GateFinding;
const failed = (...findings: GateFinding[]) => ({ status: "failed" as const, findings });

describe("judgeFault", () => {
  it("is caught by a name of its own, with its line", () => {
    const judged = judgeFault(fault, TEXT, failed(finding("check", "url-without-listener", 2)));
    const beside = { ...finding("check", "x", 1), also: [finding("check", "url-without-listener", 2)] };
    expect(judgeFault(fault, TEXT, failed(beside)).outcome).toBe("caught");
    expect(judged).toMatchObject({
      outcome: "caught",
      finding: { layer: "check", rule: "url-without-listener", line: 2 },
    });
  });

  it("is caught without a line where only calls could tell", () => {
    expect(judgeFault(fault, TEXT, failed(finding("calls", "turn_no_answer", null))).outcome).toBe("caught");
  });

  it.each([
    ["another rule fails", failed(finding("check", "unknown-option", 2))],
    ["another layer says so", failed(finding("probe", "url-without-listener", 2))],
    ["another line is blamed", failed(finding("check", "url-without-listener", 1))],
    ["calls blame another line", failed(finding("calls", "turn_no_answer", 1))],
    ["the check names no line", failed(finding("check", "url-without-listener", null))],
    ["it is only noted", failed(finding("check", "x", 1), finding("check", "url-without-listener", 2, "noted"))],
  ])("is misnamed where %s", (_, report) => {
    expect(judgeFault(fault, TEXT, report).outcome).toBe("misnamed");
  });

  it("is missed by a gate that passes, and not settled by others", () => {
    expect(judgeFault(fault, TEXT, { status: "passed", findings: [] }).outcome).toBe("missed");
    expect(judgeFault(fault, TEXT, { status: "undecided", findings: [] }).outcome).toBe("undecided");
    expect(judgeFault(fault, TEXT, { status: "errored", findings: [] }).outcome).toBe("errored");
  });
});

describe("judgeHarmless", () => {
  it("passes with a gate that passes, and with nothing else", () => {
    expect(judgeHarmless({ status: "passed", findings: [finding("check", "x", 1, "noted")] }).outcome).toBe("passed");
    expect(judgeHarmless(failed(finding("check", "x", 1)))).toMatchObject({
      outcome: "false_alarm",
      finding: { rule: "x" },
    });
    expect(judgeHarmless({ status: "undecided", findings: [] }).outcome).toBe("undecided");
  });
});

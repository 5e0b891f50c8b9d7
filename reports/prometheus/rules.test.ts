import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findProgram } from "../openmetrics/test-programs.ts";
import { selectorsOf, unknownIn } from "./test-promql.ts";

type Rule = { record?: string; alert?: string; expr: string; annotations?: Record<string, string> };
type Rules = { groups: { name: string; rules: Rule[] }[] };

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");
const rulesIn = (file: string) => (parse(read(file)) as Rules).groups.flatMap(({ rules }) => rules);
const rules = rulesIn("rules.yml");
const alerts = rulesIn("alerts.yml");
const recorded = rules.flatMap(({ record }) => record ?? []);

describe("rules and alerts", () => {
  it.each([...rules, ...alerts].map((rule) => [rule.record ?? rule.alert, rule.expr]))(
    "%s asks for what is exported, and for nothing else",
    (_, expr) => expect(unknownIn(expr, recorded)).toEqual([]),
  );

  it("would be told of a metric or a label that is not", () => {
    expect(unknownIn("rate(turnlab_sessions_total[5m])", recorded)).toEqual(["turnlab_sessions_total"]);
    expect(unknownIn('sum by (colour) (turnlab_silences_total{api="x"})', recorded)).toEqual([
      "turnlab_silences_total{api}",
      "colour",
    ]);
    expect(() => selectorsOf("sum(")).toThrow("no PromQL");
  });

  it("every rule is looked at by an alert", () => {
    const used = [...rules, ...alerts].flatMap(({ expr }) => selectorsOf(expr).selectors.map(({ metric }) => metric));
    expect(recorded.filter((name) => !used.includes(name))).toEqual([]);
  });

  it("every alert has its case in promtool's tests, firing and silent", () => {
    const { tests } = parse(read("alerts.test.yml")) as {
      tests: { alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[] }[];
    };
    const cases = tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
    for (const { alert } of alerts) {
      const own = cases.filter(({ alertname }) => alertname === alert);
      expect(new Set(own.map(({ exp_alerts = [] }) => exp_alerts.length > 0)), alert).toEqual(new Set([true, false]));
    }
  });

  it("annotations name metrics that there are", () => {
    const named = alerts.flatMap(
      ({ annotations = {} }) =>
        Object.values(annotations)
          .join(" ")
          .match(/\bturnlab_\w+/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(2);
    for (const name of named) expect(unknownIn(name, recorded)).toEqual([]);
  });
});

const promtool = findProgram("promtool");

describe.skipIf(!promtool)("promtool", () => {
  it.each([
    ["check", "rules", "rules.yml", "alerts.yml"],
    ["test", "rules", "alerts.test.yml"],
  ])("%s %s", (...args) => {
    const { status, stdout, stderr } = spawnSync(promtool ?? "", args, { cwd: import.meta.dirname, encoding: "utf8" });
    expect({ status, told: stdout + stderr }).toMatchObject({ status: 0 });
  });
});

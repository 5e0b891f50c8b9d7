import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAILURES, type FailureCode, isDiagnosed } from "../lab/model/failure.ts";
import { isSessions } from "../lab/model/grid.ts";
import { SCENARIO_FOLDER, selectScenarios } from "./select.ts";

const readme = readFileSync(join(SCENARIO_FOLDER, "README.md"), "utf8");

/** Rows of the table under a heading, cell by cell, without its head. */
function tableUnder(heading: string): string[][] {
  const [, after = ""] = readme.split(`\n### ${heading}\n`);
  const [section = ""] = after.split(/\n##/);
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

type Told = { name: string; field: string; form: "broken" | "repaired"; expected: FailureCode | undefined };

const forms = (await selectScenarios(["failures"])).flatMap(({ name, scenario }): Told[] => {
  const [, own = "", form] = /^(.+)-(broken|repaired)$/.exec(name) ?? [];
  if (!isSessions(scenario) || (form !== "broken" && form !== "repaired"))
    throw new Error(`${name} is no form of a failure`);
  const field = scenario.tags?.find((tag) => /^F\d\d$/.test(tag)) ?? "";
  return [{ name: own, field, form, expected: scenario.expectedFailure }];
});
const broken = forms.filter(({ form }) => form === "broken");

describe("the failures of the field", () => {
  it("are each in a broken form, which says with what it fails, and in a repaired one, which does not", () => {
    expect(broken.filter(({ expected }) => expected === undefined)).toEqual([]);
    const repaired = forms.filter(({ form }) => form === "repaired");
    expect(repaired.map(({ name }) => name)).toEqual(broken.map(({ name }) => name));
    expect(repaired.filter(({ expected }) => expected !== undefined)).toEqual([]);
  });

  it("are a scenario each, or left out with a reason", () => {
    const leftOut = tableUnder("Left out").map(([field = "", why = ""]) => {
      expect(why, field).not.toBe("");
      return field;
    });
    const numbers = Array.from({ length: 39 }, (_, index) => `F${String(index + 1).padStart(2, "0")}`);
    const shown = new Set(broken.map(({ field }) => field));
    expect(numbers.filter((number) => !shown.has(number))).toEqual(leftOut);
  });

  it("stand in the room's README with what they fail with", () => {
    const rows = tableUnder("Scenarios").map(([field = "", names = "", expected = ""]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => `${name} ${field} ${expected}`),
    );
    const told = broken.map(({ name, field, expected }) => `${name} ${field} \`${expected}\``);
    expect(rows.flat().toSorted()).toEqual(told.toSorted());
  });

  it("show every cause that a diagnosis can come to, but those that have a reason", () => {
    const shown = new Set(broken.map(({ expected }) => expected));
    const codes = (Object.keys(FAILURES) as FailureCode[]).filter((code) => isDiagnosed(code) && !shown.has(code));
    const reasons = tableUnder("Causes without a scenario").map(([code = "", why = ""]) => {
      expect(why, code).not.toBe("");
      return code.replaceAll("`", "");
    });
    expect(codes.toSorted()).toEqual(reasons.toSorted());
  });
});

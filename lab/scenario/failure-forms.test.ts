import { describe, expect, it } from "vitest";
import { isFailureValue, scenarioOf } from "./failure-forms.ts";

const broken = { description: "STUN alone.", topology: {}, expectedPath: "none", expectedFailure: "ice_failed" };
const repaired = { ...broken, description: "TURN.", expectedPath: "relayed", expectedFailure: undefined };
const failure = { field: "F01", broken, repaired };

const faultsOf = (value: unknown) => {
  const one = scenarioOf(value, "broken", "mine.ts");
  return "faults" in one ? one.faults : [];
};

describe("scenarioOf", () => {
  it("gives each form with the tags of a failure", () => {
    expect(scenarioOf(failure, "broken", "mine.ts")).toEqual({ value: { ...broken, tags: ["failures", "F01"] } });
    expect(scenarioOf({ ...failure, repaired: { ...repaired, tags: ["tls"] } }, "repaired", "mine.ts")).toEqual({
      value: { ...repaired, tags: ["tls", "failures", "F01"] },
    });
    const unnumbered = { broken, repaired };
    expect(scenarioOf(unnumbered, "broken", "mine.ts")).toEqual({ value: { ...broken, tags: ["failures"] } });
  });

  it("leaves what is wrong inside of a form to the check of scenarios", () => {
    const odd = { ...failure, broken: { ...broken, tags: "x", peers: 7 } };
    expect(scenarioOf(odd, "broken", "mine.ts")).toMatchObject({ value: { peers: 7 } });
  });

  it.each([
    ["a plain scenario", broken, "mine.ts", "a scenario"],
    ["nothing", undefined, "mine.ts", "nothing"],
    ["a number that is none", { ...failure, field: "F40" }, "field", '"F40"'],
    ["a key that is none", { ...failure, fixed: {} }, "fixed", '"fixed"'],
    ["one form alone", { field: "F01", broken }, "repaired", "nothing"],
    ["a form that is no object", { ...failure, broken: [] }, "broken", "[]"],
    ["no failure to expect", { broken: repaired, repaired }, "broken.expectedFailure", "nothing"],
    [
      "a repaired form that still fails",
      { broken, repaired: { ...repaired, expectedFailure: "ice_failed" } },
      "repaired.expectedFailure",
      '"ice_failed"',
    ],
    [
      "a repaired form that connects nowhere",
      { broken, repaired: { ...repaired, expectedPath: "none" } },
      "repaired.expectedPath",
      '"none"',
    ],
  ])("refuses %s", (_, value, place, found) => {
    expect(faultsOf(value)).toEqual([expect.objectContaining({ place, found })]);
  });

  it("tells all faults at once", () => {
    const places = faultsOf({ field: "1", fixed: 1, broken: 1, repaired: 2 }).map(({ place }) => place);
    expect(places).toEqual(["fixed", "field", "broken", "repaired"]);
  });
});

describe("isFailureValue", () => {
  it("knows a failure by either form", () => {
    expect([failure, { broken }, { repaired }].every(isFailureValue)).toBe(true);
    expect([broken, null, [], { cells: [] }].some(isFailureValue)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { formatFaults, show } from "./fault.ts";

describe("formatFaults", () => {
  it("gives each fault its place, what was expected and found, and a hint where there is one", () => {
    const faults = [
      {
        place: "peers.offerer.behind",
        expected: 'a router (home) or "internet"',
        found: '"hoem"',
        hint: 'Did you mean "home"?',
      },
      { place: "load.vus", expected: "a number from 1 on", found: "0" },
    ];
    expect(formatFaults("scenarios/a.ts", faults)).toBe(
      `scenarios/a.ts: 2 faults

  peers.offerer.behind
    expected  a router (home) or "internet"
    found     "hoem"
    hint      Did you mean "home"?

  load.vus
    expected  a number from 1 on
    found     0`,
    );
  });

  it("counts one fault as one", () => {
    expect(formatFaults("a.ts", [{ place: "x", expected: "y", found: "z" }])).toMatch(/^a\.ts: 1 fault\n/);
  });
});

describe("show", () => {
  it.each([
    [undefined, "nothing"],
    [null, "null"],
    ["a", '"a"'],
    [Number.NaN, "NaN"],
    [() => 1, "a function"],
    [["x".repeat(100)], `["${"x".repeat(77)}…`],
  ])("shows %s as %s", (value, text) => {
    expect(show(value)).toBe(text);
  });

  it("shows what JSON cannot", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(show(circle)).toBe("[object Object]");
  });
});

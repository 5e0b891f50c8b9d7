import { describe, expect, it } from "vitest";
import { classifyMapping, classifyPorts } from "./port-allocation.ts";

describe("classifyMapping", () => {
  it.each([
    [1, 1, 1, "endpoint-independent"],
    [1, 2, 2, "address-dependent"],
    [1, 2, 3, "address-and-port-dependent"],
    [1, 1, 2, "address-and-port-dependent"],
  ])("mapped ports %i, %i, %i are %s", (first, second, third, expected) => {
    const at = (port: number) => ({ address: "81.2.64.2", port });
    expect(classifyMapping(at(first), at(second), at(third))).toBe(expected);
  });

  it("cannot tell address from port where there is one port", () => {
    const at = (port: number) => ({ address: "81.2.64.2", port });
    expect(classifyMapping(at(1), at(1), undefined)).toBe("endpoint-independent");
    expect(classifyMapping(at(1), at(2), undefined)).toBe("address-and-port-dependent");
  });
});

describe("classifyPorts", () => {
  const INSIDE = [40_001, 51_022, 33_333, 60_100, 45_454, 38_038];
  it.each([
    ["kept", INSIDE, "preserving"],
    ["in a row", [16_384, 16_385, 16_386, 16_387, 16_388, 16_389], "sequential"],
    ["in a row, but for two that others drew", [100, 101, 103, 104, 106, 107], "sequential"],
    ["in a row that began anew", [20_478, 20_479, 16_384, 16_385, 16_386, 16_387], "sequential"],
    ["in a row, one lost and sent again", [100, 101, 140, 103, 104, 105], "sequential"],
    ["steps of 256, a counter with its bytes swapped", [1_000, 1_256, 1_512, 1_768, 2_024, 2_280], "random"],
    ["anywhere", [48_744, 15_238, 60_878, 46_610, 53_330, 10_165], "random"],
    ["anywhere in a small range", [1_000, 1_097, 1_033, 1_071, 1_120, 1_050], "random"],
    ["kept, but for one that somebody has", [40_001, 51_022, 33_333, 60_100, 45_454, 39_000], "preserving"],
    ["half of them kept", [40_001, 51_022, 33_333, 1_100, 5_454, 39_000], "random"],
    ["all the same", [5, 5, 5, 5, 5, 5], "random"],
  ])("%s", (_, outside, expected) => {
    const pairs = outside.map((port, index) => ({ inside: INSIDE[index] ?? 0, outside: port }));
    expect(classifyPorts(pairs)).toBe(expected);
  });

  it("says nothing of two", () => {
    expect(classifyPorts([1, 2].map((port) => ({ inside: port, outside: port })))).toBeNull();
  });
});

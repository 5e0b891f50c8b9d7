import { expect, it } from "vitest";
import { freeRanges, portRanges, sizeOf } from "./port-ranges.ts";

it("merges the ports that rules of one protocol name", () => {
  const rules = ["udp:49152-65535", "udp:3478", "tcp:3478", "udp:3479-3480", "udp:50000"] as const;
  expect(portRanges(rules, "udp")).toEqual([
    { min: 3478, max: 3480 },
    { min: 49_152, max: 65_535 },
  ]);
  expect(portRanges(rules, "tcp")).toEqual([{ min: 3478, max: 3478 }]);
  expect(portRanges([], "udp")).toEqual([]);
});

it("tells what is left of a range", () => {
  const whole = { min: 1024, max: 65_535 };
  const taken = portRanges(["udp:3478", "udp:49152-65535", "udp:80"], "udp");
  expect(freeRanges(taken, whole)).toEqual([
    { min: 1024, max: 3477 },
    { min: 3479, max: 49_151 },
  ]);
  expect(freeRanges([], whole)).toEqual([whole]);
  expect(freeRanges([{ min: 1, max: 65_535 }], whole)).toEqual([]);
  expect(freeRanges([{ min: 2000, max: 2000 }], { min: 2000, max: 2001 })).toEqual([{ min: 2001, max: 2001 }]);
  expect(sizeOf({ min: 3, max: 3 })).toBe(1);
});

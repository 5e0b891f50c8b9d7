import { describe, expect, it } from "vitest";
import { readBytes, readRate } from "./amounts.ts";

describe("amounts", () => {
  it.each([
    ["500k", 500_000],
    ["20M", 20_000_000],
    ["1.5Gbit", 1_500_000_000],
    ["64000", 64_000],
    ["10 Mbit/s", 10_000_000],
  ])("reads %s as a rate", (text, bits) => expect(readRate(text)).toBe(bits));

  it.each([
    ["512M", 536_870_912],
    ["1GiB", 1_073_741_824],
    ["64kB", 65_536],
    ["1048576", 1_048_576],
  ])("reads %s as a size", (text, bytes) => expect(readBytes(text)).toBe(bytes));

  it.each(["", "fast", "-1M", "10X", "M", "1 2"])("does not guess at %j", (text) => {
    expect(readRate(text)).toBeNull();
    expect(readBytes(text)).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { durationMs, parseDuration } from "./duration.ts";

describe("a duration", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["500ms", 500],
    ["90s", 90_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "5", "s", "-1s", "1 s", "1s ", "1x", "1s2", "1e3s"])("is not %j", (text) => {
    expect(parseDuration(text)).toBeNull();
    expect(() => durationMs(text)).toThrow("not a duration");
  });
});

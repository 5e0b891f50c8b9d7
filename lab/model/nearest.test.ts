import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

describe("nearest", () => {
  const names = ["home", "symmetric", "cgnat", "udp-blocked"];

  it.each([
    ["hoem", "home"],
    ["Home", "home"],
    ["symetric", "symmetric"],
    ["udp_blocked", "udp-blocked"],
    ["cg-nat", "cgnat"],
  ])("finds what %s was meant to be", (word, name) => {
    expect(nearest(word, names)).toBe(name);
  });

  it.each(["office", "x", ""])("has no guess for '%s'", (word) => {
    expect(nearest(word, names)).toBeUndefined();
    expect(didYouMean(word, names)).toEqual({});
  });

  it("has no guess without names", () => {
    expect(nearest("home", [])).toBeUndefined();
  });
});

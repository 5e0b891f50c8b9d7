// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are those of Compose and of shells.
import { describe, expect, it } from "vitest";
import { COMPOSE, interpolate, SHELL } from "./interpolate.ts";

const VALUES = new Map([
  ["A", "1"],
  ["EMPTY", ""],
]);
const compose = (text: string) => interpolate(text, VALUES, COMPOSE).text;

describe("variables in a text", () => {
  it.each([
    ["$A-${A}", "1-1"],
    ["${B:-x}${B-y}${EMPTY:-z}${EMPTY-w}", "xyz"],
    ["${A:-x}", "1"],
    ["${B:-${A}}", "1"],
    ["${B:-${C:-deep}}", "deep"],
    ["${A:+set}${B:+set}${EMPTY:+set}${EMPTY+there}", "setthere"],
    ["${B:?needed}", "${B}"],
    ["$B", "${B}"],
    ["$$A $${A} a$", "$A ${A} a$"],
    ["${unclosed", "${unclosed}"],
    ["$(A)", "$(A)"],
  ])("%s is %s in Compose", (text, filled) => {
    expect(compose(text)).toBe(filled);
  });

  it("never knows what a command puts out, but for the folder that it runs in", () => {
    expect(interpolate("--external-ip=$(detect-external-ip)", VALUES, SHELL)).toEqual({
      text: "--external-ip=",
      isKnown: false,
    });
    expect(interpolate("`hostname -f`x", VALUES, SHELL)).toEqual({ text: "x", isKnown: false });
    expect(interpolate("$(pwd)/a $PWD/b", VALUES, SHELL)).toEqual({ text: "./a ./b", isKnown: true });
    expect(interpolate("${A%%.*}", VALUES, SHELL).isKnown).toBe(false);
  });

  it("ends, however deep it is nested", () => {
    const deep = `${"${X:-".repeat(5000)}a${"}".repeat(5000)}`;
    expect(typeof compose(deep)).toBe("string");
  });
});

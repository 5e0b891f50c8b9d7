import { describe, expect, it } from "vitest";
import { coturnOptions, renderConfig } from "./coturn-config.ts";
import { isAtLeast, versionIn } from "./coturn-version.ts";

it.each([
  ["4.6.1\n", "4.6.1"],
  ["0: : Config file found: /etc/turnserver.conf\n4.10.0\n", "4.10.0"],
  ["2026-11-27T22:41:53.512+0000 INFO System cpu num is 2\n4.17.1", "4.17.1"],
  ["turnserver: unrecognized option '--version'\n\nVersion: Coturn-4.5.2 'dan Eider'\n", "4.5.2"],
  ["listening on 127.0.0.1\nUsage: turnserver [options]", null],
  ["", null],
])("reads %j as %s", (text, version) => {
  expect(versionIn(text)).toBe(version);
});

it("compares by numbers", () => {
  expect(isAtLeast("4.10.0", "4.10")).toBe(true);
  expect(isAtLeast("4.9.9", "4.10")).toBe(false);
  expect(isAtLeast("5.0", "4.17")).toBe(true);
  expect(isAtLeast("4.17", "4.17.1")).toBe(false);
  expect(isAtLeast(null, "4")).toBe(false);
});

describe("the configuration is in the words of the version", () => {
  const textFor = (version: string | null, options: Record<string, boolean> = {}) =>
    renderConfig(
      coturnOptions(
        { addresses: ["34.77.1.10"], realm: "r", credential: { username: "u", password: "p" }, version },
        options,
      ),
    )
      .split("\n")
      .filter((line) => /cli|dtls/.test(line));

  it.each([
    ["4.6.1", ["no-cli"], ["no-cli", "no-dtls"]],
    ["4.16.0", [], ["no-dtls"]],
    ["4.17.1", ["dtls"], []],
    [null, ["no-cli"], ["no-cli", "no-dtls"]],
  ])("of %s", (version, usual, withoutDtls) => {
    expect(textFor(version)).toEqual(usual);
    // Either word of a scenario is understood, whatever the version.
    expect(textFor(version, { "no-dtls": true })).toEqual(withoutDtls);
    expect(textFor(version, { dtls: false })).toEqual(withoutDtls);
    expect(textFor(version, { dtls: true })).toEqual(usual);
  });
});

import { describe, expect, it } from "vitest";
import { parseConfig } from "./parse-config.ts";
import { readFlag, readInteger, readUser } from "./read-value.ts";
import { Settings } from "./settings.ts";

const pairs = (text: string) => parseConfig(text).map(({ number, key, value }) => [number, key, value]);

describe("parseConfig", () => {
  it("keeps the number of every line, and leaves comments and blank ones out", () => {
    expect(pairs("# one\n\n  # indented\nrealm=a\r\n\tfingerprint  \n")).toEqual([
      [4, "realm", "a"],
      [5, "fingerprint", ""],
    ]);
  });

  it.each([
    ["realm=a", "a"],
    ["realm a b ", "a b"],
    ["realm == \t=a", "a"],
    ['realm "a b" ', "a b"],
    ['realm="a b', "a b"],
    ['realm=a "b"', 'a "b"'],
    ["realm=a # no comment", "a # no comment"],
    ["realm=a;", "a;"],
    ["realm=", ""],
  ])("reads %j as coturn does", (line, value) => {
    expect(pairs(line)).toEqual([[1, "realm", value]]);
  });

  it("ends a key at the first blank or =, and nowhere else", () => {
    expect(pairs("min-port: 5\n=5\nuser=alice:=a=b")).toEqual([
      [1, "min-port:", "5"],
      [2, "", "5"],
      [3, "user", "alice:=a=b"],
    ]);
  });
});

describe("values", () => {
  it.each([
    ["", true],
    ["1", true],
    ["yes", true],
    ["Trash", true],
    ["on", true],
    ["0", false],
    ["no", false],
    ["Nein", false],
    ["false", false],
    ["Off", false],
    ["oFF", null],
    ["# on", null],
    ["-1", null],
  ])("takes %j for a flag's %j", (value, isOn) => {
    expect(readFlag(value)).toBe(isOn);
  });

  it("reads the digits a number begins with", () => {
    expect(readInteger("50100x")).toEqual({ number: 50_100, isWhole: false });
    expect(readInteger("0x10")).toEqual({ number: 0, isWhole: false });
    expect(readInteger("3478")).toEqual({ number: 3478, isWhole: true });
    expect(readInteger("many")).toBeNull();
  });

  it("knows a user's password from a key, and neither from nothing", () => {
    expect(readUser("bob:a:b")).toEqual({ username: "bob", password: "a:b" });
    expect(readUser("bob: a")).toEqual({ username: "bob", password: "a" });
    expect(readUser("bob:0xabc")).toEqual({ username: "bob", password: null });
    for (const bad of ["bob", ":a", "bob:"]) expect(readUser(bad)).toBeNull();
  });
});

describe("Settings", () => {
  const settings = new Settings(
    parseConfig(
      "min-port=1\nmin-port=2\nuse-auth-secret=0\nfingerprint=0\nmobility\ndb=x\nnonsense=1\nlistening-ip=a\nlistening-ip=b",
    ),
  );

  it("lets the last line count, and all of a list", () => {
    expect(settings.numberOf("min-port")).toBe(2);
    expect(settings.valuesOf("listening-ip")).toEqual(["a", "b"]);
  });

  it("has a switch on whatever its value says, and a flag as its value says", () => {
    expect(settings.isOn("use-auth-secret")).toBe(true);
    expect(settings.isOn("fingerprint")).toBe(false);
    expect(settings.isOn("mobility")).toBe(true);
    expect(settings.isOn("no-udp")).toBe(false);
  });

  it("knows an option by its other name, and no others", () => {
    expect(settings.textOf("userdb")).toBe("x");
    expect(settings.options()).not.toContain("nonsense");
  });
});

import { describe, expect, it } from "vitest";
import { readArguments } from "./read-arguments.ts";
import { splitWords } from "./split-words.ts";

const read = (command: string) =>
  readArguments(
    "run.sh",
    splitWords(command).map(({ text }) => ({ text, line: 1, isKnown: true })),
  );
const taken = (command: string) =>
  read(command).arguments.map(({ key, value, isBare }) => (isBare ? key : `${key}=${value}`));
const told = (command: string) => read(command).findings.map(({ rule, found, fix }) => `${rule}: ${found}; ${fix}`);

describe("arguments as getopt_long takes them", () => {
  it("takes a value behind = or from the next word, and none for flags", () => {
    expect(taken("--realm=a --realm b --fingerprint --no-cli=0")).toEqual([
      "realm=a",
      "realm=b",
      "fingerprint",
      "no-cli=0",
    ]);
  });

  it("takes a value that looks like an option, where a value has to be", () => {
    expect(taken("--realm --fingerprint")).toEqual(["realm=--fingerprint"]);
  });

  it("knows short forms, alone, together and with their value beside or behind them", () => {
    expect(taken("-L 10.0.0.1 -X34.1.2.3/10.0.0.1 -vfa -r example.org")).toEqual([
      "listening-ip=10.0.0.1",
      "external-ip=34.1.2.3/10.0.0.1",
      "verbose",
      "fingerprint",
      "lt-cred-mech",
      "realm=example.org",
    ]);
    expect(read("-nv").isConfigFileOff).toBe(true);
    expect(read("-c /etc/a.conf -c b.conf").configFile?.path).toBe("b.conf");
    expect(read("-cb.conf").configFile?.path).toBe("b.conf");
  });

  it("takes an unambiguous beginning of a key, and no ambiguous one", () => {
    expect(taken("--listening-p 3478 --total-q=5")).toEqual(["listening-port=3478", "total-quota=5"]);
    expect(told("--listening")).toEqual(['unknown-argument: "--listening"; --listening-ip']);
  });
});

describe("what it does not take", () => {
  it.each([
    ["--fingerprnt", 'unknown-argument: "--fingerprnt"; --fingerprint'],
    ["-y", 'unknown-argument: "-y"; null'],
    ["--realm", "argument-without-value: the end of the command line; null"],
    ["-c", "argument-without-value: the end of the command line; null"],
    ["--stale-nonce 600", "argument-ignored: another word behind --stale-nonce; --stale-nonce=600"],
    ["--no-tls true", "argument-ignored: another word behind --no-tls; null"],
    ["start", "argument-ignored: another word; null"],
    ["-- --fingerprint", "argument-ignored: another word; null"],
  ])("tells %j", (command, finding) => {
    expect(told(command)).toEqual([finding]);
  });

  it("shows no value, whatever it is", () => {
    const said = JSON.stringify(
      read("--static-auth-secrt=hunter22 hunter23 -yhunter24 --hunter25!x --realm a hunter26").findings,
    );
    expect(said).not.toContain("hunter");
  });
});

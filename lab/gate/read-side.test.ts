import { describe, expect, it } from "vitest";
import { readSide, secretsByName } from "./read-side.ts";
import { GOOD } from "./test-config.ts";

const input = (lines: readonly string[], values: Record<string, string> = {}) => ({
  file: "new.conf",
  text: lines.join("\n"),
  values: new Map(Object.entries(values)),
  version: "4.6.1",
  makeSecret: () => "made-0123456789",
});
const candidate = (...lines: string[]) => readSide("candidate", input([...GOOD, ...lines]));
const baseline = (...lines: string[]) => readSide("baseline", input([...GOOD, ...lines]));
const without = (option: string) => GOOD.filter((line) => !line.startsWith(option));

describe("readSide", () => {
  it("takes a file as coturn does, which goes on over what it does not know", () => {
    const side = candidate("listning-port=1", "total-quota=7");
    expect(side).toMatchObject({ findings: [], config: { facts: { options: { "total-quota": 7 } } } });
    expect("config" in side && side.config.warnings).toEqual([]);
    expect(baseline("listning-port=1")).toHaveProperty("config");
  });

  it.each([
    "services:\n  coturn:\n    image: coturn/coturn\n",
    "Take two eggs\nand some flour.\n",
    "\x00\x01\x02\nxx\n",
  ])("refuses what is no turnserver.conf, of either side", (text) => {
    for (const side of ["candidate", "baseline"] as const)
      expect(readSide(side, { ...input([]), text })).toMatchObject({ faults: [{ expected: "a turnserver.conf" }] });
  });

  it.each([
    ["documentation", "203.0.113.9"],
    ["private", "10.9.9.9"],
  ])("fails a candidate with a %s external-ip, with its line; of a baseline it is bad input", (use, address) => {
    const lines = [...without("external-ip"), `external-ip=${address}`];
    expect(readSide("candidate", input(lines))).toMatchObject({
      config: { facts: { place: { publicAddress: address } } },
      findings: [
        {
          rule: "external-ip-not-routable",
          severity: "error",
          file: "new.conf",
          line: 8,
          found: expect.stringContaining(use),
        },
      ],
    });
    expect(readSide("baseline", input(lines))).toMatchObject({ faults: [{ place: "new.conf:8" }] });
  });

  it("fails a candidate whose addresses fit no machine; of a baseline it is bad input", () => {
    const second = "external-ip=34.9.9.9/10.0.0.5";
    expect(candidate(second)).toMatchObject({
      findings: [{ rule: "addresses-of-no-machine", line: 9, option: "external-ip" }],
    });
    expect(baseline(second)).toMatchObject({ faults: [{ place: "new.conf:9" }] });
  });

  it("refuses either side what no lab has, and what says nothing of calls", () => {
    for (const side of ["candidate", "baseline"] as const) {
      const read = (...lines: string[]) => readSide(side, input([...GOOD, ...lines]));
      expect(read("listening-ip=2001:db8::1")).toMatchObject({ faults: [{ place: "new.conf:9" }] });
      expect(read("total-quota=<QUOTA>")).toMatchObject({
        faults: [{ place: "new.conf:9", found: "the placeholder <QUOTA>" }],
        placeholders: ["QUOTA"],
      });
      expect(readSide(side, input(["# nothing"]))).toMatchObject({ faults: [{ place: "new.conf" }] });
      const taken = [...without("external-ip"), "external-ip=51.15.1.1"];
      expect(readSide(side, input(taken))).toMatchObject({
        faults: [{ found: expect.stringContaining("the lab's own") }],
      });
      const gateway = [...without("external-ip"), "external-ip=34.1.2.3/10.0.0.1"];
      expect(readSide(side, input(gateway))).toMatchObject({
        faults: [{ found: expect.stringContaining("10.0.0.1") }],
      });
    }
  });

  it("makes one secret for a placeholder's name, in both files", () => {
    let made = 0;
    const makeSecret = secretsByName(() => `made-${++made}`);
    const template = [...without("static-auth-secret"), "static-auth-secret=<TURN_SECRET>", "cli-password=<CLI>"];
    const sides = (["baseline", "candidate"] as const).map((side) =>
      readSide(side, { ...input(template), makeSecret }),
    );
    const secrets = sides.map((side) => ("config" in side ? side.config.facts.credential : null));
    expect(secrets[0]).toMatchObject({ kind: "secret", secret: "made-1" });
    expect(secrets[1]).toEqual(secrets[0]);
    expect(made).toBe(2);
  });
});

import { describe, expect, it } from "vitest";
import { readEnvFile, readSets } from "./given-values.ts";

describe("values for placeholders", () => {
  it("are what follows the first =, and the last of one name", () => {
    expect([...readSets(["A=1", "B=a=b", "A=2", "C="]).values]).toEqual([
      ["A", "2"],
      ["B", "a=b"],
      ["C", ""],
    ]);
  });

  it("are refused without a name, without =, and over several lines, and never shown", () => {
    const { values, faults } = readSets(["hunter2", "=hunter2", "A=hunter2\nno-auth"]);
    expect(values.size).toBe(0);
    expect(faults.map(({ place, found }) => `${place}: ${found}`)).toEqual([
      "--set: no =",
      "--set: no name",
      "--set A: several",
    ]);
    expect(JSON.stringify(faults)).not.toContain("hunter2");
  });

  it("come from env files as Compose has them", () => {
    const { values, faults } = readEnvFile(
      ".env",
      "# TURN\nTURN_IP=34.1.2.3\nexport USER='a b'\nPASS=\"x#y\"\nhunter2\n",
    );
    expect(new Map(values)).toEqual(
      new Map([
        ["TURN_IP", "34.1.2.3"],
        ["USER", "a b"],
        ["PASS", "x#y"],
      ]),
    );
    expect(faults).toEqual([{ place: ".env:5", expected: "NAME=VALUE, or a comment", found: "another line" }]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listScenarios, resolveSelection } from "./find-scenarios.ts";

let root: string;
let dir: string;
let broken: string;
let withFailures: string;
const FAILURE = `export default {
  field: "F01",
  broken: { tags: ["stun"], expectedPath: "none", expectedFailure: "ice_failed" },
  repaired: { expectedPath: "relayed" },
};`;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "find-scenarios-"));
  dir = join(root, "scenarios");
  broken = join(root, "broken");
  withFailures = join(root, "with-failures");
  mkdirSync(dir);
  mkdirSync(broken);
  const write = (folder: string, file: string, text: string) => writeFileSync(join(folder, file), text);
  write(dir, "home-to-home.ts", 'export default { tags: ["smoke", "direct"] };');
  write(dir, "cgnat.ts", 'export default { tags: ["smoke"] };');
  write(dir, "smoke.ts", "export default {};");
  for (const file of ["cgnat.test.ts", "types.d.ts", "_shared.ts", ".hidden.ts", "README.md"]) write(dir, file, "");
  write(root, "cgnat.ts", "export default {};");
  write(broken, "bad.ts", "export const a = 1;");
  mkdirSync(join(withFailures, "failures"), { recursive: true });
  write(withFailures, "plain.ts", 'export default { tags: ["smoke"] };');
  write(join(withFailures, "failures"), "stun-only.ts", FAILURE);
  write(join(withFailures, "failures"), "_calls.ts", "");
  write(root, "elsewhere.ts", FAILURE);
});
afterAll(() => rmSync(root, { recursive: true }));

async function namesOf(...words: string[]): Promise<string[]> {
  const { scenarios, faults } = await resolveSelection(words, dir);
  expect(faults).toEqual([]);
  return scenarios.map(({ name }) => name);
}

describe("listScenarios", () => {
  it("lists scenario files by name, and no other file", async () => {
    expect(await listScenarios(dir)).toEqual([
      { name: "cgnat", file: join(dir, "cgnat.ts") },
      { name: "home-to-home", file: join(dir, "home-to-home.ts") },
      { name: "smoke", file: join(dir, "smoke.ts") },
    ]);
  });
});

describe("resolveSelection", () => {
  it("selects by name, in the order of the words and each once", async () => {
    expect(await namesOf("smoke", "cgnat", "smoke")).toEqual(["smoke", "cgnat"]);
  });

  it("selects by tag", async () => {
    expect(await namesOf("direct", "cgnat")).toEqual(["home-to-home", "cgnat"]);
  });

  it("takes a word that is a name and a tag as the name", async () => {
    expect(await namesOf("smoke")).toEqual(["smoke"]);
  });

  it("selects a file anywhere", async () => {
    const file = join(root, "cgnat.ts");
    expect(await resolveSelection([file], dir)).toEqual({ scenarios: [{ name: "cgnat", file }], faults: [] });
  });

  it("selects nothing without words", async () => {
    expect(await namesOf()).toEqual([]);
  });

  it("tells every unknown word, with the nearest name and all names", async () => {
    expect(await resolveSelection(["cgnta", "smoke", "dirct"], dir)).toEqual({
      scenarios: [{ name: "smoke", file: join(dir, "smoke.ts") }],
      faults: [
        {
          place: "selection",
          expected: "a scenario's name, a tag, or a file",
          found: '"cgnta"',
          hint: 'Did you mean "cgnat"? Scenarios: cgnat, home-to-home, smoke. Tags: smoke, direct.',
        },
        expect.objectContaining({ found: '"dirct"', hint: expect.stringMatching(/^Did you mean "direct"\?/) }),
      ],
    });
  });

  it("refuses two files of one name", async () => {
    const selection = await resolveSelection(["cgnat", join(root, "cgnat.ts")], dir);
    expect(selection).toMatchObject({ faults: [{ expected: "scenarios of different names" }] });
  });

  it("leaves the fault of a file that was asked for by name to the one who loads it", async () => {
    const { scenarios, faults } = await resolveSelection(["bad", "nosuch"], broken);
    expect(scenarios).toEqual([{ name: "bad", file: join(broken, "bad.ts") }]);
    expect(faults).toMatchObject([{ found: '"nosuch"' }]);
  });

  it("refuses a tag while a file that may carry it does not load", async () => {
    const selection = await resolveSelection(["smoke"], broken);
    expect(selection).toMatchObject({ faults: [{ place: expect.stringContaining("bad: ") }, { found: '"smoke"' }] });
  });
});

describe("failures", () => {
  const selectedBy = async (...words: string[]) => {
    const { scenarios, faults } = await resolveSelection(words, withFailures);
    expect(faults).toEqual([]);
    return scenarios.map(({ name }) => name);
  };
  const forms = ["stun-only-broken", "stun-only-repaired"];

  it("are two scenarios each, behind the others", async () => {
    const file = join(withFailures, "failures", "stun-only.ts");
    expect(await listScenarios(withFailures)).toEqual([
      { name: "plain", file: join(withFailures, "plain.ts") },
      { name: "stun-only-broken", file, form: "broken" },
      { name: "stun-only-repaired", file, form: "repaired" },
    ]);
  });

  it("are selected by name, both forms or one, and by tag", async () => {
    expect(await selectedBy("stun-only")).toEqual(forms);
    expect(await selectedBy("stun-only-repaired")).toEqual(["stun-only-repaired"]);
    expect(await selectedBy("failures")).toEqual(forms);
    expect(await selectedBy("F01", "plain")).toEqual([...forms, "plain"]);
    expect(await selectedBy("stun")).toEqual(["stun-only-broken"]);
  });

  it("are both forms of a file anywhere", async () => {
    expect(await selectedBy(join(root, "elsewhere.ts"))).toEqual(["elsewhere-broken", "elsewhere-repaired"]);
  });

  it("have a name that no scenario has", async () => {
    writeFileSync(join(withFailures, "stun-only.ts"), "export default {};");
    const { faults } = await resolveSelection(["stun-only"], withFailures);
    rmSync(join(withFailures, "stun-only.ts"));
    expect(faults).toMatchObject([{ expected: "scenarios of different names" }]);
  });

  it("tell what is wrong with their file once, where a tag is looked for", async () => {
    const bad = join(withFailures, "failures", "bad.ts");
    writeFileSync(bad, "export default { broken: {} };");
    const { faults } = await resolveSelection(["failures"], withFailures);
    rmSync(bad);
    expect(faults).toEqual([expect.objectContaining({ place: "bad: repaired", found: "nothing" })]);
  });
});

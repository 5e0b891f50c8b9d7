import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listScenarios, resolveSelection } from "./find-scenarios.ts";

let root: string;
let dir: string;
let broken: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "find-scenarios-"));
  dir = join(root, "scenarios");
  broken = join(root, "broken");
  mkdirSync(dir);
  mkdirSync(broken);
  const write = (folder: string, file: string, text: string) => writeFileSync(join(folder, file), text);
  write(dir, "home-to-home.ts", 'export default { tags: ["smoke", "direct"] };');
  write(dir, "cgnat.ts", 'export default { tags: ["smoke"] };');
  write(dir, "smoke.ts", "export default {};");
  for (const file of ["cgnat.test.ts", "types.d.ts", "_shared.ts", ".hidden.ts", "README.md"]) write(dir, file, "");
  write(root, "cgnat.ts", "export default {};");
  write(broken, "bad.ts", "export const a = 1;");
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

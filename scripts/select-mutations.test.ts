import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InvalidInput } from "./invalid-input.ts";
import { selectMutations } from "./select-mutations.ts";

const FAULT = {
  name: "no-realm",
  why: "Nobody knows it.",
  change: [{ remove: "realm" }],
  caught: { check: ["realm"] },
  line: null,
};

/** A folder with the set in it, its base, and a scenario beside them. */
function folderWith(set: object): string {
  const folder = mkdtempSync(join(tmpdir(), "turnlab-mutations-"));
  const own = {
    description: "d",
    bases: { good: { config: "good.conf", profile: "good.json" } },
    harmless: [],
    ...set,
  };
  writeFileSync(join(folder, "mine.ts"), `export default ${JSON.stringify(own)};\n`);
  writeFileSync(join(folder, "call.ts"), "export default { description: 'c', topology: {}, peers: {} };\n");
  writeFileSync(join(folder, "good.conf"), "realm=a\nno-cli\n");
  writeFileSync(join(folder, "good.json"), "{}\n");
  return folder;
}

const namesOf = async (words: string[], folder?: string) =>
  (await selectMutations(words, folder))?.all.map(({ mutation }) => mutation.name);

describe("selectMutations", () => {
  it("leaves scenarios to others", async () => {
    expect(await selectMutations(["same-lan"])).toBeNull();
    expect(await selectMutations(["no-such-scenario"])).toBeNull();
    expect(await selectMutations([])).toBeNull();
  });

  it("takes all of a set by its name and by the tag, and parts of it by name, beginning and kind", async () => {
    const all = (await namesOf(["gate-mutations"])) ?? [];
    expect(await namesOf(["gate"])).toEqual(all);
    expect(await namesOf(["gate-mutations/secret-changed"])).toEqual(["secret-changed"]);
    expect(await namesOf(["gate-mutations/secret-"])).toEqual(all.filter((name) => name.startsWith("secret-")));
    const [faults = [], harmless = []] = [
      await namesOf(["gate-mutations/faults"]),
      await namesOf(["gate-mutations/harmless"]),
    ];
    expect([...faults, ...harmless]).toEqual(all);
    expect(await namesOf(["gate-mutations/harmless", "gate-mutations/secret-changed"])).toEqual([
      "secret-changed",
      ...harmless,
    ]);
  });

  it("refuses scenarios beside a set, and words that select nothing of it", async () => {
    await expect(selectMutations(["gate-mutations", "same-lan"])).rejects.toThrow("gate-mutations and same-lan");
    await expect(selectMutations(["gate-mutations", "typo"])).rejects.toThrow("words that select nothing");
    for (const [word, hint] of [
      [
        "gate-mutations/secret-chnged",
        'Did you mean "secret-changed"? ./turnlab list gate-mutations tells every name.',
      ],
      ["gate-mutations/Typo", "hint      ./turnlab list gate-mutations"],
      ["gate-mutations/", 'found     ""'],
      ["gate-mutatons/typo", 'Did you mean "gate-mutations/typo"?'],
    ] as const)
      await expect(selectMutations([word]), word).rejects.toThrow(hint);
    expect(await selectMutations(["./scenarios/same-lan.ts"])).toBeNull();
  });

  it("gives the changed text beside its base", async () => {
    const folder = folderWith({ faults: [FAULT] });
    const [one] = (await selectMutations(["mine"], folder))?.all ?? [];
    expect(one).toMatchObject({ kind: "fault", text: "no-cli\n", base: { config: { text: "realm=a\nno-cli\n" } } });
  });

  it("tells everything that is wrong with a set in one message", async () => {
    const folder = folderWith({
      bases: { good: { config: "good.conf", profile: "missing.json" } },
      faults: [FAULT, { ...FAULT, name: "b", change: [{ remove: "cert" }] }, { ...FAULT, name: "c", line: "realm" }],
    });
    const error = await selectMutations(["mine"], folder).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InvalidInput);
    const { message } = error as Error;
    expect(message).toContain("mine.ts: 3 faults");
    for (const part of ["missing.json: no such file (ENOENT)", 'expected the line "cert", found none', "c.line"])
      expect(message).toContain(part);
  });

  it("tells what is no set", async () => {
    const folder = folderWith({
      faults: [{ ...FAULT, base: "god", caught: {}, change: [] }, FAULT, { ...FAULT, name: "x", chnage: [] }],
    });
    const { message } = (await selectMutations(["mine"], folder).catch((error: unknown) => error)) as Error;
    for (const part of [
      "faults[0].base",
      'Did you mean "good"?',
      "faults[0].caught",
      "faults[0].change",
      "faults[1].name",
      'the key "chnage"',
    ])
      expect(message).toContain(part);
  });
});

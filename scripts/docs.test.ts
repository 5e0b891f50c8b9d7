import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { pageBlocks } from "./docs/page-blocks.ts";
import { PAGES } from "./docs/pages.ts";
import { cleanFolder, runCommand } from "./docs/run-block.ts";
import { asItIs, missingPiece } from "./docs/same-output.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const text = (page: string) => readFileSync(join(PROJECT_ROOT, page), "utf8");

describe.each(PAGES)("%s", (page) => {
  const blocks = pageBlocks(text(page));

  it("says of each command whether it is run, and if not, why", () => {
    expect(text(page).match(/^\s*```(sh|bash|console)/gm) ?? []).toHaveLength(blocks.length);
    expect(blocks.filter(({ run, notRun }) => run === null && !notRun).map(({ line }) => line)).toEqual([]);
  });

  it("says when an output was made that only a lab can make", () => {
    const lab = blocks.filter(({ run, shown }) => run?.lab && shown !== null);
    expect(lab.filter(({ shown }) => shown?.made.from === shown?.made.to).map(({ line }) => line)).toEqual([]);
  });

  const fast = blocks.filter(({ run }) => run !== null && !run.lab);
  if (fast.length === 0) return;
  it("shows what its commands print", { timeout: 60_000 }, async () => {
    const folder = cleanFolder();
    folders.push(folder);
    for (const { command, run, shown, line } of fast) {
      const output = await runCommand(command, folder);
      expect(output.exit, `line ${line}: ${command}\n${output.stderr}`).toBe(run?.exit);
      if (shown !== null)
        expect(
          missingPiece(shown.text, output[run?.stream ?? "stdout"], asItIs),
          `line ${line}: ${command}`,
        ).toBeNull();
    }
  });
});

describe("commands that pages name", () => {
  const help = async (...words: string[]) =>
    (await runCommand(["./turnlab", ...words, "--help"].join(" "), PROJECT_ROOT)).stdout;

  it("are all that there are, in the README", { timeout: 30_000 }, async () => {
    const listed = [...(await help()).matchAll(/^ {2}([a-z]\w*) /gm)].map(([, command]) => command);
    const [, table = ""] = /\n## Commands\n(.*?)\n## /s.exec(text("README.md")) ?? [];
    const named = [...table.matchAll(/`([a-z]\w*)`(?=[^|]*\|.*\|.*\|)/g)].map(([, command]) => command);
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter((command) => command !== "help" && !named.includes(command))).toEqual([]);
  });

  it("have the options that are shown", { timeout: 60_000 }, async () => {
    const shown = new Map<string, Set<string>>();
    for (const page of PAGES) {
      const code = text(page).replaceAll("\\\n", " ");
      for (const [, command = "", words = ""] of code.matchAll(/\.\/turnlab ([a-z]\w*)([^\n`]*)/g)) {
        const options = shown.get(command) ?? new Set();
        for (const [option] of words.split(" -- ")[0]?.matchAll(/--[a-z][\w-]*/g) ?? []) options.add(option);
        shown.set(command, options);
      }
    }
    expect([...shown.keys()]).toEqual(expect.arrayContaining(["run", "gate", "capacity", "reproduce"]));
    const unknown = [...shown].map(async ([command, options]) => {
      const known = await help(command);
      return [...options].filter((option) => !new RegExp(`${option}\\b`).test(known)).map((one) => `${command} ${one}`);
    });
    expect((await Promise.all(unknown)).flat()).toEqual([]);
  });
});

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
  it.skipIf(fast.length === 0)("shows what its commands print", { timeout: 60_000 }, async () => {
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

/**
 * Runs the commands that README.md and docs/ show, each page's in one clean folder, and holds what they print against what
 * the page shows; with `--write`, makes the page show it. `node scripts/run-docs.ts [PAGE...] [--lab] [--write] [--only TEXT]
 * [--keep FOLDER]`. Without `--lab` only what needs no Docker, which the unit tests do as well.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { type Block, pageBlocks } from "./docs/page-blocks.ts";
import { PAGES } from "./docs/pages.ts";
import { cleanFolder, runCommand } from "./docs/run-block.ts";
import { asItIs, masked, missingPiece, shownAnew } from "./docs/same-output.ts";
import { projectVersion } from "./project-version.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lab: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    /** Blocks whose command has this text. */
    only: { type: "string" },
    /** A folder to run in that is kept, with what an earlier call left there. */
    keep: { type: "string" },
  },
});

/** With what else the machine had to do before: what was measured depends on it. */
const made = (busy: number) => {
  const date = new Date().toISOString().slice(0, 10);
  const others = busy > 1 ? ` that others kept busy` : "";
  return `\n_Made on ${date} by \`node scripts/run-docs.ts --lab --write\`: turnlab ${projectVersion()}, ${cpus().length} CPUs${others}._\n`;
};

/** The page with this block's output in it. */
function written(page: string, block: Block, output: string, busy: number): string {
  const { shown } = block;
  if (shown === null) return page;
  const text = shownAnew(shown.text, output);
  const note = block.run?.lab ? made(busy) : "";
  return page.slice(0, shown.from) + text + page.slice(shown.to, shown.made.from) + note + page.slice(shown.made.to);
}

let wrong = 0;
for (const name of positionals.length > 0 ? positionals : PAGES) {
  const path = join(PROJECT_ROOT, name);
  const folder = cleanFolder(values.keep);
  const wanted = (block: Block) =>
    block.run !== null && (values.lab || !block.run.lab) && block.command.includes(values.only ?? "");
  const count = pageBlocks(readFileSync(path, "utf8")).length;
  for (let index = 0; index < count; index += 1) {
    const block = pageBlocks(readFileSync(path, "utf8"))[index];
    if (block?.run == null || !wanted(block)) continue;
    console.log(`${name}:${block.line} ${block.command.replaceAll("\n", "; ")}`);
    const busy = loadavg()[0] ?? 0;
    const output = await runCommand(block.command, folder);
    if (output.exit !== block.run.exit) {
      wrong += 1;
      console.error(`  expected exit ${block.run.exit}; found ${output.exit}\n${output.stdout}${output.stderr}`);
      continue;
    }
    if (block.shown === null) continue;
    try {
      if (values.write) {
        // Read again: somebody may have written in it meanwhile.
        const now = readFileSync(path, "utf8");
        const same = pageBlocks(now).find(({ command }) => command === block.command);
        if (same === undefined) throw new Error("the page has this command no more");
        writeFileSync(path, written(now, same, output[block.run.stream], busy));
      }
      const alike = block.run.lab ? masked : asItIs;
      const missing = values.write ? null : missingPiece(block.shown.text, output[block.run.stream], alike);
      if (missing !== null) throw new Error(`it does not print this any more:\n${missing}`);
    } catch (error) {
      wrong += 1;
      console.error(`  ${error instanceof Error ? error.message : error}\nIt printed:\n${output[block.run.stream]}`);
    }
  }
  console.log(`${name}: ran in ${folder}`);
}
process.exitCode = wrong > 0 ? 99 : 0;

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Fault } from "../lab/scenario/fault.ts";
import { compareRuns, withoutCommon } from "../reports/compare/compare-runs.ts";
import type { Comparison } from "../reports/compare/comparison.ts";
import { COMPARE_RENDERERS } from "../reports/compare/index.ts";
import { renderTrendHtml } from "../reports/compare/trend-html.ts";
import { replaceFile } from "../reports/write-reports.ts";
import { type CompareInputs, filesOf, readRuns } from "./compare-inputs.ts";
import { badInput } from "./invalid-input.ts";
import { screenOf } from "./screen.ts";

type CompareOptions = { baseline?: string; out?: string; json?: boolean };

const PLACE = "compare";
const NO_SCREEN = { color: false, width: 100 };

/** `turnlab compare RUN RUN…`: what changed between runs; 0 whatever that is, since the gate judges. */
export function compareCommand(words: readonly string[], { baseline, out, json }: CompareOptions): number {
  const comparison = compare(words, baseline);
  if (out !== undefined) writeFiles(out, comparison);
  process.stdout.write(COMPARE_RENDERERS[json ? "json" : "terminal"](comparison, screenOf(process.stdout)));
  return 0;
}

/** @throws InvalidInput with every fault. */
function compare(words: readonly string[], baseline: string | undefined): Comparison {
  const named = baseline === undefined ? { files: [], faults: [] } : filesOf([baseline]);
  const given = filesOf(words);
  const faults = [...named.faults, ...given.faults];
  if (named.files.length > 1)
    faults.push({ place: "--baseline", expected: "one run", found: `a folder of ${named.files.length}` });
  const files = [...new Set([...named.files, ...given.files])];
  if (faults.length === 0 && files.length < 2)
    faults.push({ place: PLACE, expected: "at least two runs", found: "one", hint: "Name another beside it." });
  if (faults.length > 0) throw badInput(faults);
  const { runs, skipped } = readRuns(files);
  const [first] = named.files;
  const reference = first === undefined ? runs[0] : runs.find(({ path }) => path === first);
  const fault = referenceFault({ runs, skipped }, reference);
  if (fault || !reference) throw badInput(fault ?? []);
  return compareRuns(reference, runs, skipped);
}

function referenceFault(
  { runs, skipped }: CompareInputs,
  reference: CompareInputs["runs"][number] | undefined,
): Fault | null {
  const shown = skipped.slice(0, 5).map(({ run, reason }) => `${run} (${reason})`);
  const left = [...shown, ...(skipped.length > 5 ? [`${skipped.length - 5} more`] : [])].join("; ");
  if (!reference && runs.length > 0)
    return { place: "--baseline", expected: "a run that can be compared", found: left };
  if (!reference || runs.length < 2) {
    const found = `${runs.length === 0 ? "none" : "one"}; left out: ${left}`;
    return { place: PLACE, expected: "at least two runs that can be compared", found };
  }
  if (withoutCommon(reference, runs).length < runs.length - 1) return null;
  return {
    place: PLACE,
    expected: `a run with a scenario in common with ${reference.name} (${[...reference.scenarios.keys()].join(", ")})`,
    found: runs
      .filter((run) => run !== reference)
      .slice(0, 5)
      .map(({ name, scenarios }) => `${name} (${[...scenarios.keys()].join(", ")})`)
      .join("; "),
    hint: "Compare runs of the same scenarios.",
  };
}

function writeFiles(out: string, comparison: Comparison): void {
  const folder = resolve(out);
  try {
    mkdirSync(folder, { recursive: true });
    replaceFile(join(folder, "compare.json"), COMPARE_RENDERERS.json(comparison, NO_SCREEN));
    replaceFile(join(folder, "compare.md"), COMPARE_RENDERERS.markdown(comparison, NO_SCREEN));
    replaceFile(join(folder, "compare.html"), COMPARE_RENDERERS.html(comparison, NO_SCREEN));
    if (comparison.runs.length > 2) replaceFile(join(folder, "trend.html"), renderTrendHtml(comparison));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!code || !["EACCES", "EROFS", "EPERM", "EEXIST", "ENOTDIR"].includes(code)) throw error;
    const found = `${folder}, which cannot be written (${code})`;
    throw badInput({ place: "--out", expected: "a folder, or a place to make one", found }, { cause: error });
  }
  process.stderr.write(`comparison in ${folder}\n`);
}

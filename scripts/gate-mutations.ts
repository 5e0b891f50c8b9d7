import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { judgeFault, judgeHarmless } from "../lab/gate/judge-mutation.ts";
import type { MutationResult } from "../lab/model/gate-mutation.ts";
import { EXIT } from "../lab/model/summary.ts";
import { newRunId } from "../lab/run.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import { isAsItMustBe, mutationLine, mutationsText } from "../reports/gate/mutations-text.ts";
import { gate } from "./gate.ts";
import { readLeftOut } from "./gate-inputs.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";
import { mutationFiles } from "./mutation-files.ts";
import { chooseMutationsFolder } from "./mutations-folder.ts";
import type { ReadyMutation, SelectedMutations } from "./select-mutations.ts";

/** What `run` takes and a gate does not: peers and servers are the profile's and the config's. */
const NOT_OF_A_GATE = [
  "peers",
  "turnConfig",
  "turnImage",
  "set",
  "envFile",
  "capture",
  "bundle",
  "parallel",
  "live",
] as const;
const NOT_OF_A_LAB = [
  "turnUrl",
  "turnUser",
  "turnPassword",
  "turnCa",
  "allowUplink",
  "realEndpoints",
  "metrics",
  "pushGateway",
] as const;

const SILENT = { line: () => {}, event: () => {}, end: () => {} };

/** A line for each gate, as programs read it. */
const RESULTS_FILE = "mutations.jsonl";

/**
 * `turnlab run gate-mutations`: one gate after the other, each of one mutation against its base. Returns the exit code: 0 where all
 * faults were caught and all harmless edits passed.
 */
export async function gateMutationsCommand(
  { name, all }: SelectedMutations,
  options: Readonly<Record<string, unknown>> & { out?: string; json?: boolean; without?: string },
  interrupt: Interrupt,
): Promise<number> {
  refuseOthers(name, options);
  const { layers, faults } = readLeftOut(options.without);
  if (faults.length > 0) throw new InvalidInput(formatFaults("command line", faults));
  const folder = chooseMutationsFolder(options.out, newRunId());
  mkdirSync(folder, { recursive: true });
  const results: MutationResult[] = [];
  const width = Math.max(...all.map(({ mutation }) => mutation.name.length));
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  for (const one of all) {
    const unseen = layers.includes("check") && one.kind === "fault" ? one.mutation.unseen : undefined;
    if (unseen !== undefined) {
      say(`- ${one.mutation.name.padEnd(width)}  left out, as the file alone shows it: ${unseen}`);
      continue;
    }
    if (interrupt.signal.aborted) break;
    const result = await resultOf(one, { folder, without: options.without }, interrupt);
    if (interrupt.signal.aborted) break;
    results.push(result);
    appendFileSync(join(folder, RESULTS_FILE), `${JSON.stringify(result)}\n`);
    say(mutationLine(result, width));
  }
  process.stdout.write(options.json ? `${JSON.stringify(results, null, 2)}\n` : mutationsText(results));
  say(`gates in ${folder}`);
  if (interrupt.signal.aborted) return EXIT.interrupted;
  if (results.some(({ outcome }) => outcome === "errored")) return EXIT.labBroke;
  return results.every((result) => isAsItMustBe(result)) ? EXIT.passed : EXIT.failed;
}

/** Runs one gate as the command line would, and judges what it said. */
async function resultOf(
  one: ReadyMutation,
  { folder, without }: { folder: string; without: string | undefined },
  interrupt: Interrupt,
): Promise<MutationResult> {
  const { base, mutation, text, kind } = one;
  const startedAt = performance.now();
  const result = { name: mutation.name, kind, durationMs: 0, folder: mutation.name } as const;
  const own = join(folder, mutation.name);
  const { config, files, certificate } = await mutationFiles(one, `${own}.input`);
  try {
    const common = { baseline: base.config.path, profile: base.profile.path, without };
    const { report } = await gate(
      { ...common, config, out: own, file: files, certificate },
      { interrupt, progress: SILENT },
    );
    const judged = one.kind === "fault" ? judgeFault(one.mutation, text, report) : judgeHarmless(report);
    return { ...result, ...judged, durationMs: performance.now() - startedAt };
  } catch (error) {
    // Bad input is one in the set; anything else is ours.
    if (!(error instanceof InvalidInput) && !(error instanceof Error && error.name.endsWith("Error"))) throw error;
    const durationMs = performance.now() - startedAt;
    return { ...result, durationMs, outcome: "errored", finding: null, reason: (error as Error).message };
  }
}

function refuseOthers(name: string, options: Readonly<Record<string, unknown>>): void {
  const given = [...NOT_OF_A_GATE, ...NOT_OF_A_LAB].filter((key) => options[key] !== undefined);
  if (given.length === 0) return;
  const shown = given.map((key) => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(", ");
  throw new InvalidInput(
    `${name}: expected --out, --json and --without alone, found ${shown}: a gate has its own configs and peers`,
  );
}

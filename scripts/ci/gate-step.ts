import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { GateReport } from "../../lab/model/gate.ts";
import { EXIT } from "../../lab/model/summary.ts";
import { PROJECT_ROOT } from "../../lab/runtime/archive.ts";
import { atExit } from "../../lab/runtime/at-exit.ts";
import { lastLines } from "../../lab/runtime/run-program.ts";
import { commentMarker } from "../../reports/gate/comment-marker.ts";
import { renderGateAnnotations } from "../../reports/gate/gate-annotations.ts";
import { renderCodeQuality } from "../../reports/gate/gate-code-quality.ts";
import { gateSchema } from "../../reports/gate/gate-schema.ts";
import { type Annotation, renderAnnotations } from "../../reports/gate/github-annotations.ts";
import { GATE_RENDERERS } from "../../reports/gate/index.ts";
import { GATE_FILES } from "../../reports/gate/write-gate-reports.ts";
import { oneLine } from "../../reports/render/format.ts";
import { code } from "../../reports/render/markdown-text.ts";
import { InvalidInput } from "../invalid-input.ts";
import { baselineFromGit } from "./baseline-from-git.ts";
import { type GateInputs, readInputs } from "./inputs.ts";
import { addToSummary, jobFiles, writeOutputs } from "./job-files.ts";
import { type Service, serviceOf } from "./service.ts";

const MAX_STDERR_LINES = 60;

type GateJob = {
  env: NodeJS.ProcessEnv;
  /** Where everything is written. */
  folder: string;
  signal: AbortSignal;
  /** The command line that has the gate. */
  turnlab?: string;
};

/**
 * One gate as a job runs it: baseline from git, `turnlab gate`, then annotations, summary, step outputs and files. Returns the gate's
 * exit code; where it could not be asked, the one that says so.
 */
export async function gateStep({
  env,
  folder,
  signal,
  turnlab = join(PROJECT_ROOT, "turnlab"),
}: GateJob): Promise<number> {
  const service = serviceOf(env);
  const files = jobFiles(folder);
  mkdirSync(folder, { recursive: true });
  for (const file of [files.summary, files.codeQuality]) rmSync(file, { force: true });
  let marker = commentMarker({ candidate: { file: env.TURNLAB_GATE_CONFIG ?? "", image: null, version: null } });
  let note = "";
  let named: Baseline["named"] = [];
  let ended: Ended;
  try {
    const inputs = readInputs(env);
    marker = commentMarker({ candidate: { file: inputs.config, image: imageOf(inputs), version: null } });
    const baseline = await baselineOf(inputs, service, files.baseline);
    ({ note, named } = baseline);
    process.stdout.write(`${note}\n`);
    const args = ["gate", `--config=${inputs.config}`, ...baseline.args, ...inputs.more, `--out=${files.run}`];
    ended = await run(turnlab, args, { env, signal, isGithub: service.name === "github" });
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    process.stderr.write(`${error.message}\n`);
    ended = { exitCode: EXIT.invalidInput, said: error.message };
  }
  const report = readReport(join(files.run, GATE_FILES.json), named);
  const places = { root: service.root, cwd: process.cwd() };
  if (service.name === "github") {
    process.stdout.write(report ? renderGateAnnotations(report, places) : renderAnnotations([brokenAnnotation(ended)]));
  }
  if (report) writeFileSync(files.codeQuality, renderCodeQuality(report, places));
  const shown = report
    ? GATE_RENDERERS.markdown(report, { color: false, width: 100 })
    : `${marker}\n\n${describeBroken(ended)}`;
  const summary = `${shown.trimEnd()}\n\n${note === "" ? "" : `${code(oneLine(note).slice(0, 400))}\n`}`;
  writeFileSync(files.summary, summary);
  addToSummary(summary, env);
  writeOutputs(
    {
      status: report?.status ?? (ended.exitCode === EXIT.invalidInput ? "invalid" : "errored"),
      "exit-code": String(ended.exitCode),
      report: report ? join(files.run, GATE_FILES.json) : "",
      "run-folder": files.run,
      summary: files.summary,
    },
    env,
  );
  return ended.exitCode;
}

function imageOf({ image }: GateInputs): GateReport["candidate"]["image"] {
  return image === null ? null : { reference: image, id: "" };
}

/** `named`: a file of this machine, and what it is to others. */
type Baseline = { args: string[]; note: string; named: [file: string, name: string][] };

/** A file that is named, a commit that is named, or that which the change is a change of; in words what it is. */
async function baselineOf(
  { config, baseline, baselineRef }: GateInputs,
  { base }: Service,
  folder: string,
): Promise<Baseline> {
  const none = (why: string): Baseline => ({ args: [], note: `no baseline: ${why}`, named: [] });
  if (baseline !== null) return { args: [`--baseline=${baseline}`], note: `baseline: ${baseline}`, named: [] };
  if (baselineRef === "none") return none("none was wanted");
  const ref = baselineRef ?? base?.commit;
  if (ref === undefined) return none("this job is for no change of something");
  const what = baselineRef ?? base?.what;
  try {
    const found = await baselineFromGit(config, ref, folder);
    if ("none" in found) return none(`${found.none}, ${what}`);
    const commit = found.commit.slice(0, 12);
    return {
      args: [`--baseline=${found.file}`],
      note: `baseline: ${found.path} at ${commit}, ${what}`,
      named: [[found.file, `${commit}:${found.path}`]],
    };
  } catch (error) {
    // What stood before a push that was forced is gone, and nobody asked for it.
    if (baselineRef === null && base?.isCertain === false && error instanceof InvalidInput)
      return none(oneLine(error.message));
    throw error;
  }
}

/** Its output is the job's. GitHub reads commands out of a job's output: what a config's text makes of it must be none. */
async function run(
  file: string,
  args: readonly string[],
  { env, signal, isGithub }: { env: NodeJS.ProcessEnv; signal: AbortSignal; isGithub: boolean },
): Promise<Ended> {
  const { TURNLAB_GATE_TOKEN: _secret, ...own } = env;
  const stop = randomUUID();
  if (isGithub) process.stdout.write(`::stop-commands::${stop}\n`);
  const child = spawn(file, args, { env: own, stdio: ["ignore", "inherit", "pipe"] });
  using _ended = atExit(() => child.kill("SIGTERM"));
  signal.addEventListener("abort", () => child.kill("SIGTERM"));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    process.stderr.write(text);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", reject);
  child.once("close", (exit) => resolve(exit ?? EXIT.labBroke));
  try {
    return { exitCode: await promise, said };
  } finally {
    if (isGithub) process.stdout.write(`::${stop}::\n`);
  }
}

/** Null where the gate did not come that far. The copy of the baseline bears the name that git has for it. */
function readReport(file: string, named: Baseline["named"]): GateReport | null {
  if (!existsSync(file)) return null;
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  const text = named.reduce(
    (json, [copy, name]) => json.replaceAll(inJson(copy), inJson(name)),
    readFileSync(file, "utf8"),
  );
  return gateSchema.parse(JSON.parse(text));
}

type Ended = { exitCode: number; said: string };

function titleOf({ exitCode }: Ended): string {
  return exitCode === EXIT.invalidInput ? "bad input, nothing was started" : `no verdict, exit code ${exitCode}`;
}

function linesOf({ said }: Ended): string {
  const lines = lastLines(stripVTControlCharacters(said), MAX_STDERR_LINES).split("\n");
  // What stands below what is told by its indent.
  return lines.map((line) => `${/^ */.exec(line)?.[0] ?? ""}${oneLine(line).trimStart()}`).join("\n");
}

function brokenAnnotation(ended: Ended): Annotation {
  const title = `turnlab gate: ${titleOf(ended)}`;
  return { severity: "error", file: null, line: null, title, message: linesOf(ended) };
}

function describeBroken(ended: Ended): string {
  const text = linesOf(ended).slice(-20_000);
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`## 🚫 turnlab gate: ${titleOf(ended)}`, "", `${fence}text`, text, fence].join("\n");
}

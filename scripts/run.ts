import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT, exitCodeOf } from "../lab/model/summary.ts";
import { newRunId, run } from "../lab/run.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { RENDERERS } from "../reports/render/index.ts";
import { RunLog } from "../reports/run-log.ts";
import { writeReports } from "../reports/write-reports.ts";
import { interruptible } from "./interruptible.ts";
import { Progress } from "./progress.ts";
import { chooseRunFolder, LOG_FILE } from "./run-folder.ts";
import { screenOf } from "./screen.ts";
import { selectScenarios } from "./select.ts";

export const LAB_IMAGES = ["fabric", "router", "coturn", "peer"] as const;

/** `turnlab run`: scenarios in, a run folder and a verdict out. Returns the exit code. */
export async function runCommand(
  words: string[],
  options: { out?: string; parallel?: number; json?: boolean },
): Promise<number> {
  const scenarios = await selectScenarios(words);
  const runId = newRunId();
  const folder = chooseRunFolder(options.out, runId);
  const interrupt = interruptible();
  const progress = new Progress(screenOf(process.stderr), scenarios);
  const engine = await ensureEngine((line) => progress.line(line));
  const images = await ensureImages(engine, [...LAB_IMAGES], (line) => progress.line(line));
  if (interrupt.signal.aborted) return EXIT.interrupted;
  folder.prepare();
  const log = new RunLog(join(folder.path, LOG_FILE));
  try {
    await run(runId, {
      scenarios,
      engine,
      images,
      version: projectVersion(),
      parallel: options.parallel,
      signal: interrupt.signal,
      emit: (event) => {
        log.append(event);
        progress.event(event);
      },
      log: (scenario, node, text) => appendFileSync(join(folder.path, "logs", `${scenario}.${node}.log`), `${text}\n`),
    });
  } finally {
    log.close();
    progress.end();
  }
  const summary = writeReports(folder.path);
  const format = options.json ? "json" : "terminal";
  process.stdout.write(`${RENDERERS[format](summary, screenOf(process.stdout))}\n`);
  progress.line(`reports in ${folder.path}`);
  return exitCodeOf(summary.status);
}

function projectVersion(): string {
  return (JSON.parse(readFileSync(join(PROJECT_ROOT, "package.json"), "utf8")) as { version: string }).version;
}

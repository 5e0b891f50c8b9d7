import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type CapacityMeans, OversizeError, runCapacity } from "../lab/capacity-run/run-capacity.ts";
import { imagesFor } from "../lab/lab-containers.ts";
import { prepareServerImages } from "../lab/lab-context.ts";
import type { CapacityReport, CapacityStatus } from "../lab/model/capacity-report.ts";
import { EXIT } from "../lab/model/summary.ts";
import { newRunId } from "../lab/run.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { CAPACITY_RENDERERS } from "../reports/capacity/index.ts";
import { writeCapacityReports } from "../reports/capacity/write-capacity-reports.ts";
import { LOG_FILE, RunLog, readRunLog } from "../reports/run-log.ts";
import { type CapacityInputs, type CapacityOptions, readCapacityInputs } from "./capacity-inputs.ts";
import { CapacityProgress } from "./capacity-progress.ts";
import { capacityReports } from "./capacity-reports.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";
import { projectVersion } from "./project-version.ts";
import { chooseRunFolder } from "./run-folder.ts";
import { screenOf } from "./screen.ts";

/** `turnlab capacity`: a turnserver.conf and a machine in; how many calls it carries, and what binds, out. Returns the exit code. */
export async function capacityCommand(options: CapacityOptions, interrupt: Interrupt): Promise<number> {
  const progress = new CapacityProgress(screenOf(process.stderr));
  const { report, folder } = await capacity(readCapacityInputs(options), options.out, { interrupt, progress });
  const format = options.json ? "json" : "terminal";
  process.stdout.write(CAPACITY_RENDERERS[format](report, screenOf(process.stdout)));
  process.stderr.write(`reports in ${folder}\n`);
  return exitCodeOf(report.status);
}

/** A capacity run from its inputs to its folder with all reports; prints nothing but its progress. */
export async function capacity(
  inputs: CapacityInputs,
  out: string | undefined,
  { interrupt, progress }: { interrupt: Interrupt; progress: Pick<CapacityProgress, "line" | "event" | "end"> },
): Promise<{ report: CapacityReport; folder: string }> {
  const runId = newRunId();
  const folder = chooseRunFolder(out, runId);
  const say = (line: string) => progress.line(line);
  const means = async (): Promise<CapacityMeans> => {
    const engine = await ensureEngine(say);
    // The image of peers is the generator's, too.
    const images = await ensureImages(engine, imagesFor([{ peers: { peer: {} } }]), say);
    return { engine, images, servers: await prepareServerImages({ engine, images, runId }, say) };
  };
  let log: RunLog | undefined;
  try {
    await runCapacity(runId, {
      ...inputs,
      version: projectVersion(),
      means,
      signal: interrupt.signal,
      emit: (event) => {
        if (!log) {
          interrupt.begin();
          folder.prepare();
          log = new RunLog(join(folder.path, LOG_FILE));
        }
        log.append(event);
        progress.event(event);
      },
      log: (scenario, node, text) => appendFileSync(join(folder.path, "logs", `${scenario}.${node}.log`), `${text}\n`),
    });
  } catch (error) {
    if (!(error instanceof OversizeError)) throw error;
    throw new InvalidInput(`capacity: expected a size that this machine has; found ${error.message}`);
  } finally {
    log?.close();
    progress.end();
  }
  const made = capacityReports(readRunLog(join(folder.path, LOG_FILE)));
  if (!made) throw new Error(`no capacity run in ${folder.path}`);
  writeCapacityReports(folder.path, made.report, made.courses);
  return { report: made.report, folder: folder.path };
}

function exitCodeOf(status: CapacityStatus): number {
  if (status === "errored") return EXIT.labBroke;
  if (status === "interrupted") return EXIT.interrupted;
  return status === "found" ? EXIT.passed : EXIT.failed;
}

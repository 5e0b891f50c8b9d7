import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type GateMeans, runGate } from "../lab/gate-run/run-gate.ts";
import { imagesFor } from "../lab/lab-containers.ts";
import { prepareServerImages } from "../lab/lab-context.ts";
import { BaselineError } from "../lab/lab-error.ts";
import type { GateReport, GateStatus } from "../lab/model/gate.ts";
import { EXIT } from "../lab/model/summary.ts";
import type { CertificateFlaw } from "../lab/model/topology.ts";
import { newRunId } from "../lab/run.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { GATE_RENDERERS } from "../reports/gate/index.ts";
import { writeGateReports } from "../reports/gate/write-gate-reports.ts";
import { LOG_FILE, RunLog, readRunLog } from "../reports/run-log.ts";
import { type GateOptions, readGateInputs } from "./gate-inputs.ts";
import { GateProgress } from "./gate-progress.ts";
import { gateReports } from "./gate-reports.ts";
import type { Interrupt } from "./interruptible.ts";
import { badInput, InvalidInput } from "./invalid-input.ts";
import { projectVersion } from "./project-version.ts";
import { chooseRunFolder } from "./run-folder.ts";
import { screenOf } from "./screen.ts";
import { lookIntoGateImages } from "./server-images.ts";

/** `turnlab gate`: a turnserver.conf, and the one it replaces, in; a verdict out. Returns the exit code. */
export async function gateCommand(options: GateOptions, interrupt: Interrupt): Promise<number> {
  const { report, folder } = await gate(options, { interrupt, progress: new GateProgress(screenOf(process.stderr)) });
  const format = options.json ? "json" : "terminal";
  process.stdout.write(GATE_RENDERERS[format](report, screenOf(process.stdout)));
  process.stderr.write(`reports in ${folder}\n`);
  return exitCodeOf(report.status);
}

/**
 * A gate from its command line to its folder with all reports; prints nothing but its progress. `certificate`: what is to be wrong
 * with the candidate's, where the lab makes that.
 */
export async function gate(
  options: GateOptions & { certificate?: CertificateFlaw },
  { interrupt, progress }: { interrupt: Interrupt; progress: Pick<GateProgress, "line" | "event" | "end"> },
): Promise<{ report: GateReport; folder: string }> {
  const runId = newRunId();
  const [inputs, folder] = both(
    () => readGateInputs(options),
    () => chooseRunFolder(options.out, runId),
  );
  const { certificate } = options;
  const say = (line: string) => progress.line(line);
  const means = async (): Promise<GateMeans> => {
    const engine = await ensureEngine(say);
    const images = await ensureImages(engine, imagesFor([{ peers: { peer: {} } }]), say);
    const servers = await prepareServerImages({ engine, images, runId }, say);
    await lookIntoGateImages(options, servers.serverImages);
    return { engine, images, servers };
  };
  let log: RunLog | undefined;
  try {
    await runGate(runId, {
      ...inputs,
      candidate: { ...inputs.candidate, ...(certificate ? { certificate } : {}) },
      strict: options.strict ?? false,
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
      log: (side, node, text) => appendFileSync(join(folder.path, "logs", `${side}.${node}.log`), `${text}\n`),
    });
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw badInput({
      place: `--baseline ${options.baseline}`,
      expected: "a baseline that works: nothing can be held against what does not",
      found: error.message,
      hint: `Its log is in ${join(folder.path, "logs")}. Mend it first, or leave --baseline out.`,
    });
  } finally {
    log?.close();
    progress.end();
  }
  const made = gateReports(readRunLog(join(folder.path, LOG_FILE)));
  if (!made) throw new Error(`no gate in ${folder.path}`);
  writeGateReports(folder.path, made.report, made.evidence);
  return { report: made.report, folder: folder.path };
}

/** All faults of both in one message. */
function both<A, B>(first: () => A, second: () => B): [A, B] {
  const errors: InvalidInput[] = [];
  const attempt = <T>(make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      errors.push(error);
      return undefined;
    }
  };
  const [a, b] = [attempt(first), attempt(second)];
  if (a === undefined || b === undefined || errors.length > 0)
    throw new InvalidInput(errors.map(({ message }) => message).join("\n\n"));
  return [a, b];
}

function exitCodeOf(status: GateStatus): number {
  if (status === "errored") return EXIT.labBroke;
  if (status === "interrupted") return EXIT.interrupted;
  return status === "passed" ? EXIT.passed : EXIT.failed;
}

import { randomBytes } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { placeholderCells, placeholderProfile } from "../lab/gate-lab.ts";
import { imagesFor } from "../lab/lab-containers.ts";
import { prepareServerImages } from "../lab/lab-context.ts";
import type { GateReport } from "../lab/model/gate.ts";
import { DEFAULT_LIMITS, DEFAULT_PROFILE_NUMBERS, type GateProfile } from "../lab/model/gate-profile.ts";
import { EXIT } from "../lab/model/summary.ts";
import { newRunId } from "../lab/run.ts";
import { runGate } from "../lab/run-gate.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { readConfig } from "../lab/turn-config/read-config.ts";
import { LAB_COTURN_VERSION } from "../lab/turn-config/version.ts";
import { LOG_FILE, RunLog } from "../reports/run-log.ts";
import { GateProgress } from "./gate-progress.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";
import { projectVersion } from "./project-version.ts";
import { chooseRunFolder } from "./run-folder.ts";
import { screenOf } from "./screen.ts";

export async function gateCommand(
  options: { config: string; baseline?: string; budget?: string; out?: string },
  interrupt: Interrupt,
): Promise<number> {
  const runId = newRunId();
  const read = (file: string) => {
    const { config, findings } = readConfig({
      file,
      text: readFileSync(file, "utf8"),
      values: new Map(),
      version: LAB_COTURN_VERSION,
      makeSecret: () => randomBytes(18).toString("base64url"),
    });
    if (!config) throw new InvalidInput(`${file}: ${JSON.stringify(findings)}`);
    return { config };
  };
  const candidate = read(options.config);
  const baseline = options.baseline === undefined ? null : read(options.baseline);
  const folder = chooseRunFolder(options.out, runId);
  const profile: GateProfile = {
    ...DEFAULT_PROFILE_NUMBERS,
    ...placeholderProfile((baseline ?? candidate).config),
    credentialLifetimeS: null,
    peerAddresses: [],
    limits: {
      ...DEFAULT_LIMITS,
      budgetMs: options.budget === undefined ? DEFAULT_LIMITS.budgetMs : Number(options.budget) * 1_000,
    },
    rules: {},
  };
  const progress = new GateProgress(screenOf(process.stderr));
  const say = (line: string) => progress.line(line);
  let log: RunLog | undefined;
  try {
    await runGate(runId, {
      candidate,
      baseline,
      profile,
      cells: placeholderCells(profile),
      strict: false,
      version: projectVersion(),
      means: async () => {
        const engine = await ensureEngine(say);
        const images = await ensureImages(engine, imagesFor([{ peers: { peer: {} } }]), say);
        return { engine, images, servers: await prepareServerImages({ engine, images, runId }, say) };
      },
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
  } finally {
    log?.close();
    progress.end();
  }
  return exitCodeOf("passed");
}

function exitCodeOf(status: GateReport["status"]): number {
  if (status === "errored") return EXIT.labBroke;
  if (status === "interrupted") return EXIT.interrupted;
  return status === "passed" ? EXIT.passed : EXIT.failed;
}

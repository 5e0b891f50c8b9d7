import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { labSpecOf } from "../lab/allocation-lab.ts";
import { imagesFor } from "../lab/lab-containers.ts";
import { prepareServerImages } from "../lab/lab-context.ts";
import type { RunEvent } from "../lab/model/events.ts";
import { exitCodeOf, type Summary } from "../lab/model/summary.ts";
import { type NamedScenario, newRunId, run } from "../lab/run.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import type { OutsideOptions } from "../lab/scenario/outside-options.ts";
import { RENDERERS } from "../reports/render/index.ts";
import { LOG_FILE, RunLog, readRunLog } from "../reports/run-log.ts";
import { VerdictsSoFar } from "../reports/verdicts-so-far.ts";
import { writeReports } from "../reports/write-reports.ts";
import { commandWithoutSecrets } from "./command-without-secrets.ts";
import { checkEnvironment } from "./environment.ts";
import { gateMutationsCommand } from "./gate-mutations.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";
import { LiveServer } from "./live-server.ts";
import { checkMachineRoom } from "./machine-room.ts";
import { type MetricsOptions, type MetricsOut, metricsOutOf } from "./metrics-out.ts";
import { againstOutside, announcement, outsideOf } from "./outside.ts";
import { checkBundle, packBundle } from "./pack-bundle.ts";
import { enginesOf, withPeers } from "./peer-engines.ts";
import { Progress } from "./progress.ts";
import { projectVersion } from "./project-version.ts";
import { announceRealEndpoints, checkRealEndpoints } from "./real-endpoints.ts";
import { chooseRunFolder } from "./run-folder.ts";
import { screenOf } from "./screen.ts";
import { selectScenarios } from "./select.ts";
import { selectMutations } from "./select-mutations.ts";
import { checkTurnImage, lookIntoImages, withTurnImage } from "./server-images.ts";
import type { ConfigOptions } from "./turn-configs.ts";

/** What a run is made of, all of it checked. */
type Chosen = {
  runId: string;
  scenarios: readonly NamedScenario[];
  folder: ReturnType<typeof chooseRunFolder>;
  outside: Awaited<ReturnType<typeof outsideOf>>;
  live?: LiveServer | null;
  metricsOut?: MetricsOut | null;
};

/** `turnlab run`: scenarios in, a run folder and a verdict out. Returns the exit code. */
export async function runCommand(
  words: string[],
  options: ConfigOptions & {
    out?: string;
    peers?: string;
    capture?: boolean;
    bundle?: string;
    parallel?: number;
    json?: boolean;
    realEndpoints?: boolean;
    without?: string;
    live?: number;
  } & OutsideOptions &
    MetricsOptions,
  interrupt: Interrupt,
): Promise<number> {
  const mutations = await selectMutations(words);
  if (mutations) return gateMutationsCommand(mutations, options, interrupt);
  if (options.without !== undefined)
    throw new InvalidInput(
      `--without ${options.without}: expected gate-mutations, found scenarios: they have no such layers`,
    );
  const runId = newRunId();
  const [selected, outside, folder, engines, metricsOut, , , , live] = await allOf([
    chooseScenarios(words, options),
    outsideOf(options),
    (async () => chooseRunFolder(options.out, runId))(),
    (async () => enginesOf(options.peers))(),
    metricsOutOf(options, runId),
    (async () => checkEnvironment())(),
    (async () => checkTurnImage(options.turnImage))(),
    (async () => checkBundle(options.bundle))(),
    (async () => (options.live === undefined ? null : LiveServer.open(options.live)))(),
  ]);
  const scenarios = againstOutside(withPeers(selected, engines), outside);
  let status: Summary["status"] | null = null;
  try {
    const { summary } = await carryOut({ runId, scenarios, folder, outside, live, metricsOut }, options, interrupt);
    status = summary.status;
    if (options.bundle !== undefined) await packBundle(options.bundle, folder.path, scenarios, summary);
    tell(summary, folder.path, options);
    return exitCodeOf(summary.status);
  } finally {
    await live?.end(status);
  }
}

function tell(summary: Summary, folder: string, options: { json?: boolean; bundle?: string }): void {
  const format = options.json ? "json" : "terminal";
  process.stdout.write(RENDERERS[format](summary, screenOf(process.stdout)));
  process.stderr.write(
    `reports in ${folder}${options.bundle === undefined ? "" : `, all of it in ${options.bundle}`}\n`,
  );
}

/** Checked scenarios in; the run folder with its reports, the summary and the log's events out. */
export async function carryOut(
  { runId, scenarios, folder, outside, live, metricsOut }: Chosen,
  options: { capture?: boolean; parallel?: number; realEndpoints?: boolean },
  interrupt: Interrupt,
): Promise<{ summary: Summary; events: RunEvent[] }> {
  const progress = new Progress(screenOf(process.stderr), scenarios);
  if (outside) progress.line(announcement(outside));
  if (live) progress.line(`the run as it happens: ${live.url}`);
  const asked = announceRealEndpoints(scenarios, process.env);
  if (asked !== "") progress.line(asked);
  const engine = await ensureEngine((line) => progress.line(line));
  const images = await ensureImages(engine, imagesFor(scenarios.map(({ scenario }) => labSpecOf(scenario))), (line) =>
    progress.line(line),
  );
  const servers = await prepareServerImages({ engine, images, runId }, (line) => progress.line(line));
  await lookIntoImages(scenarios, servers.serverImages);
  await checkMachineRoom(scenarios, { engine, images, runId });
  interrupt.begin();
  folder.prepare();
  const log = new RunLog(join(folder.path, LOG_FILE));
  const verdicts = new VerdictsSoFar();
  live?.begin({ runId, folder: folder.path, plans: progress.plans });
  metricsOut?.begin((line) => progress.line(line));
  try {
    await run(runId, {
      scenarios,
      engine,
      images,
      servers,
      version: projectVersion(),
      command: commandWithoutSecrets(process.argv.slice(2)),
      parallel: options.parallel,
      ...(options.realEndpoints ? { environment: process.env } : {}),
      ...(outside?.caPem === undefined ? {} : { trustedPem: outside.caPem }),
      signal: interrupt.signal,
      emit: (event) => {
        log.append(event);
        const status = verdicts.add(event);
        progress.event(event, status);
        metricsOut?.add(event);
        live?.grown();
        if (status && "scenario" in event) live?.judged(event.scenario, status);
      },
      keepFile: (file, content) => folder.keep(file, content),
      capture: { isAsked: options.capture ?? false, isPassed: (scenario) => verdicts.isPassed(scenario) },
      abortsFor: (scenario, sinceMs) => verdicts.abortsFor(scenario, sinceMs),
      log: (scenario, node, text) => appendFileSync(join(folder.path, "logs", `${scenario}.${node}.log`), `${text}\n`),
    });
  } finally {
    log.close();
    await metricsOut?.end();
    progress.end();
  }
  return { summary: writeReports(folder.path), events: readRunLog(join(folder.path, LOG_FILE)) };
}

async function chooseScenarios(
  words: readonly string[],
  options: ConfigOptions & { turnImage?: string; realEndpoints?: boolean },
): Promise<NamedScenario[]> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const chosen = withTurnImage(await selectScenarios(words, options, say), options.turnImage);
  checkRealEndpoints(chosen, options.realEndpoints ?? false, process.env);
  return chosen;
}

/** All of them, or the faults of all in one message. */
async function allOf<const T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(promises);
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  if (reasons.length === 0) return Promise.all(promises);
  const broken = reasons.find((reason) => !(reason instanceof InvalidInput));
  throw broken ?? new InvalidInput(reasons.map(({ message }) => message).join("\n\n"));
}

import { setTimeout as sleep } from "node:timers/promises";
import { workersOf } from "./allocation-lab.ts";
import type { LabContext } from "./lab-context.ts";
import { LabError, ServerError } from "./lab-error.ts";
import type { StartedLab } from "./lab-up.ts";
import { type AllocationScenario, CLIENTS, FAR_PEER } from "./model/allocation-load.ts";
import { startTurnLoad } from "./start-turn-load.ts";
import { watchLoad } from "./watch-load.ts";
import { watchMetrics } from "./watch-metrics.ts";
import { watchThresholds } from "./watch-thresholds.ts";

/** Allocations are given back one by one, with answers; of a server that died none comes. */
const LEFT_WITHIN_MS = 10_000;
const LEFT_DEAD_WITHIN_MS = 1_500;
const DEATH_REPORT_MS = 500;

/**
 * Runs a load of raw TURN clients to its end, and asks the servers once more; a lab that breaks ends it at once, with what was
 * measured. @throws ServerError, LabError
 */
export async function runAllocations(
  name: string,
  scenario: AllocationScenario,
  lab: StartedLab,
  context: LabContext,
): Promise<void> {
  const { emit } = context;
  const { allocation: spec, load } = scenario;
  let breakError: Error | null = null;
  const broken = lab.broken.then((error) => {
    breakError ??= error;
  });
  const { generator, targetOf } = await startTurnLoad(lab, { workers: workersOf(scenario) });
  const target = targetOf(spec.server, spec.over);

  const metrics = await watchMetrics(name, lab, context);
  const sampled = [CLIENTS, ...(scenario.farPeer ? [FAR_PEER] : [])];
  const watch = await watchLoad(name, lab, sampled, context);
  const aborts = watchThresholds(name, context);
  const stop = AbortSignal.any([context.signal, aborts.signal]);
  const stopped = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  const running = generator.run({
    spec,
    target,
    load,
    onMeasure: (measure) => emit({ type: "allocations_measured", at: Date.now(), scenario: name, ...measure }),
  });
  const ended = running.catch(async (error: unknown) => {
    // Mostly its process has ended, and the lab says so, with its last words; whichever of them comes first.
    await Promise.race([broken, sleep(DEATH_REPORT_MS, undefined, { ref: false })]);
    breakError ??= new LabError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  await Promise.race([ended, broken, stopped]).finally(() => aborts.stop());
  if (breakError || stop.aborted) {
    generator.stop();
    const leavingMs = breakError ? LEFT_DEAD_WITHIN_MS : LEFT_WITHIN_MS;
    await Promise.race([running.catch(() => {}), sleep(leavingMs, undefined, { ref: false })]);
  }
  if (context.signal.aborted) return;
  if (breakError) {
    await metrics.finish();
    throw withoutLog(breakError);
  }
  await watch.stop();
  await metrics.finish();
  await lab.proveServers();
}

/** Of a server under load the last lines are about clients, and all of them stand in its log. */
function withoutLog(error: Error): Error {
  const [first = ""] = error.message.split("\n");
  return error instanceof ServerError ? new ServerError(first, { cause: error }) : error;
}

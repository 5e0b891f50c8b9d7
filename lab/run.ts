import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { type LabContext, prepareContext } from "./lab-context.ts";
import { LOG_SCHEMA_VERSION, type RunEvent } from "./model/events.ts";
import { type AnyScenario, isSessions } from "./model/grid.ts";
import { runScenario } from "./run-scenario.ts";
import { ContainerEvents } from "./runtime/container-events.ts";
import type { Engine } from "./runtime/engine.ts";
import { sweep } from "./runtime/sweep.ts";
import type { TurnConfig } from "./turn-config/read-config.ts";

/** `configs`: what its servers with a `config` run, by server. */
export type NamedScenario = {
  name: string;
  scenario: AnyScenario;
  configs?: Readonly<Record<string, TurnConfig>>;
};

export type RunInput = {
  scenarios: readonly NamedScenario[];
  engine: Engine;
  images: Record<string, string>;
  /** Images of TURN servers that were looked into before. */
  servers?: Pick<LabContext, "hold" | "serverImages">;
  version: string;
  /** For who wants to run the same again; without secrets. */
  command?: readonly string[];
  /**
   * Labs side by side. Default: one for every two cores, because a lab that is being brought up slows the calls of its
   * neighbour down. Negative controls mostly wait and measure no time, so as many of them run beside the rest in any case;
   * scenarios marked `exclusive`, and grids and loads of allocations, which fill the machine by themselves, run alone in any case.
   */
  parallel?: number;
  /** Where the user's keys for real endpoints are; absent: none may be asked. */
  environment?: LabContext["environment"];
  /** Authorities that peers trust beside the run's own and the public ones. */
  trustedPem?: string;
  /** Ends the run: sessions are dropped, labs go down, what was measured stays. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  keepFile?: LabContext["keepFile"];
  capture?: LabContext["capture"];
  abortsFor?: LabContext["abortsFor"];
  log: LabContext["log"];
};

/** `2026-11-21T03-31-44-1f2e`: sorts by time, unique on one machine. */
export function newRunId(now = new Date()): string {
  return `${now.toISOString().slice(0, 19).replaceAll(":", "-")}-${randomBytes(2).toString("hex")}`;
}

/** Scenarios in, events out. Rejects only when the lab could not even begin. */
export async function run(runId: string, input: RunInput): Promise<void> {
  const { scenarios, engine, emit, signal, parallel = Math.max(1, engine.info.cpus >> 1) } = input;
  const startedAt = performance.now();
  emit({
    type: "run_started",
    schemaVersion: LOG_SCHEMA_VERSION,
    at: Date.now(),
    runId,
    scenarios: scenarios.map(({ name }) => name),
    harness: { turnlab: input.version, node: process.version, cpus: availableParallelism() },
    ...(input.command ? { command: [...input.command] } : {}),
    engine: engine.info,
  });
  await sweep(engine.docker);
  using _events = await ContainerEvents.follow(engine.docker, runId, ({ scenario, node, exitCode, oomKilled }) =>
    emit({ type: "container_died", at: Date.now(), scenario, node, exitCode, oomKilled }),
  );
  const context = await prepareContext({ ...input, runId }, input.servers);
  const { alone = [], waiting = [], measured = [] } = Object.groupBy(scenarios, ({ scenario }) => turnOf(scenario));
  // The first negative control is up before anything is timed beside it; after that it costs next to nothing.
  const { promise: firstIsUp, resolve: onUp } = Promise.withResolvers<void>();
  const controls = work(waiting, context, onUp).finally(onUp);
  await firstIsUp;
  const others = Array.from({ length: parallel - 1 }, () => work(waiting, context));
  await Promise.all([controls, ...others, ...Array.from({ length: parallel }, () => work(measured, context))]);
  await work(alone, context);
  for (const { name } of [...waiting, ...measured, ...alone]) skip(name, emit);
  emit({
    type: "run_finished",
    at: Date.now(),
    interrupted: signal.aborted,
    durationMs: performance.now() - startedAt,
  });
}

function turnOf(scenario: AnyScenario): "alone" | "waiting" | "measured" {
  if (!isSessions(scenario) || scenario.exclusive) return "alone";
  return scenario.expectedPath === "none" ? "waiting" : "measured";
}

async function work(queue: NamedScenario[], context: LabContext, onUp?: () => void): Promise<void> {
  while (!context.signal.aborted) {
    const next = queue.shift();
    if (!next) return;
    await runScenario(next.name, next.scenario, context, onUp, next.configs);
  }
}

function skip(scenario: string, emit: RunInput["emit"]): void {
  const reason = "interrupted before it started";
  emit({ type: "scenario_finished", at: Date.now(), scenario, outcome: "skipped", reason, durationMs: 0 });
}

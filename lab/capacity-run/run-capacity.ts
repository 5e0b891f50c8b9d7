import { availableParallelism, constants } from "node:os";
import { firstGuess } from "../capacity/first-guess.ts";
import { fitModel } from "../capacity/model.ts";
import { predict } from "../capacity/predict.ts";
import { nextStep } from "../capacity/search.ts";
import { type LabContext, prepareContext } from "../lab-context.ts";
import { ServerError } from "../lab-error.ts";
import type { CapacityLimits, CapacityStep, MachineSize } from "../model/capacity.ts";
import type { PlanAsk, PriceTable } from "../model/capacity-plan.ts";
import type { CapacityEnd, CapacitySearch, CapacityServer, Rescaling } from "../model/capacity-report.ts";
import type { SearchAsk, SearchEnd, SearchSettings } from "../model/capacity-search.ts";
import { LOG_SCHEMA_VERSION, type RunEvent } from "../model/events.ts";
import type { Topology } from "../model/topology.ts";
import { oversizeOf } from "../refuse-oversize.ts";
import { ContainerEvents } from "../runtime/container-events.ts";
import type { Engine } from "../runtime/engine.ts";
import { sweep } from "../runtime/sweep.ts";
import { arrivalPace } from "./arrival-pace.ts";
import { type CapacityLab, type CapacityLabInput, SERVER, startCapacityLab } from "./capacity-lab.ts";
import { mostCalls } from "./most-calls.ts";
import { roomOf } from "./server-room.ts";

/** What a run needs to start something. */
export type CapacityMeans = {
  engine: Engine;
  images: Record<string, string>;
  servers: Pick<LabContext, "hold" | "serverImages">;
};

/** One server of one size. */
export type PlannedSearch = { name: string; size: MachineSize; topology: Topology };

export type CapacityInput = {
  /** The first is the question; others are sizes whose prediction is to be held against what they come to. */
  searches: readonly PlannedSearch[];
  lab: CapacityLabInput;
  limits: CapacityLimits;
  settings: SearchSettings;
  /** Of the whole run, from its first event. */
  budgetMs: number;
  /** To predict, measured or not. */
  sizes: readonly MachineSize[];
  plan: PlanAsk | null;
  prices: PriceTable;
  /** Of the machine that is planned for. */
  calibration: Rescaling | null;
  version: string;
  means: () => Promise<CapacityMeans>;
  /** Ends it: labs go down, what was measured stays. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  log: LabContext["log"];
};

/** A size that this machine has not. Nothing was started. */
export class OversizeError extends Error {
  override readonly name = "OversizeError";
}

/** A server that dies is started again, so that the search can find what it carries; one that does so that often is let be. */
const MOST_DEATHS = 8;

/**
 * Raises the load of one server after the other until it carries no more. All that is measured goes to `emit`, and the report is made
 * from that. Rejects where nothing could even begin: an OversizeError, or an engine that is not there.
 */
export async function runCapacity(runId: string, input: CapacityInput): Promise<void> {
  await new CapacityRun(runId, input).run();
}

class CapacityRun {
  readonly #runId: string;
  readonly #input: CapacityInput;
  readonly #startedAt = performance.now();
  readonly #done: CapacitySearch[] = [];
  /** Scenarios' servers that the kernel ended for their memory. */
  readonly #outOfMemory = new Set<string>();
  /** Of the server that died last; null where the engine has not said. */
  #exitCode: number | null = null;

  constructor(runId: string, input: CapacityInput) {
    this.#runId = runId;
    this.#input = input;
  }

  async run(): Promise<void> {
    const { signal, searches } = this.#input;
    const means = await this.#input.means();
    for (const { size } of searches) {
      const missing = oversizeOf(size, means.engine.info);
      if (missing) throw new OversizeError(missing);
    }
    await this.#begin(means);
    await sweep(means.engine.docker);
    using _events = await ContainerEvents.follow(means.engine.docker, this.#runId, (death) => {
      if (death.oomKilled && death.node === SERVER) this.#outOfMemory.add(death.scenario);
      if (death.node === SERVER) this.#exitCode = death.exitCode;
      this.#input.emit({ type: "container_died", at: Date.now(), ...death });
    });
    let fault: unknown;
    try {
      const context = await this.#context(means);
      for (const [index, search] of searches.entries()) {
        if (signal.aborted) break;
        await this.#search(search, searches.length - index, context);
      }
    } catch (error) {
      fault = error;
    }
    if (signal.aborted) this.#finish("interrupted");
    else if (fault !== undefined) this.#finish("broke", messageOf(fault));
    else this.#finish("completed");
  }

  async #begin(means: CapacityMeans): Promise<void> {
    const { version, searches, sizes, plan, prices, calibration, lab, emit } = this.#input;
    const { image } = lab;
    const found = await means.servers.serverImages.of(image === undefined ? {} : { image });
    const server: CapacityServer = {
      file: lab.config?.file ?? "the lab's own configuration",
      image: { reference: found.reference, id: found.id },
      version: found.version,
    };
    const at = Date.now();
    emit({
      type: "run_started",
      schemaVersion: LOG_SCHEMA_VERSION,
      at,
      runId: this.#runId,
      scenarios: searches.map((_, index) => scenarioOf(index)),
      harness: { turnlab: version, node: process.version, cpus: availableParallelism() },
      engine: means.engine.info,
    });
    const rescaling = calibration ? { calibration } : {};
    emit({ type: "capacity_started", at, server, sizes: [...sizes], plan, prices, ...rescaling });
  }

  #context({ engine, images, servers }: CapacityMeans): Promise<LabContext> {
    const { signal, emit, log } = this.#input;
    return prepareContext({ engine, images, runId: this.#runId, signal, emit, log }, servers);
  }

  /** `left`: searches that share what is left of the time, this one among them. */
  async #search(search: PlannedSearch, left: number, context: LabContext): Promise<void> {
    const { emit } = this.#input;
    const { cpus } = context.engine.info;
    const ask = this.#ask(search, cpus);
    emit({ type: "capacity_asked", at: Date.now(), search: search.name, ask });
    const steps: CapacityStep[] = [];
    const deadline = performance.now() + (this.#input.budgetMs - (performance.now() - this.#startedAt)) / left;
    let end: SearchEnd | null = null;
    for (let deaths = 0; end === null && deaths < MOST_DEATHS && !this.#input.signal.aborted; deaths++) {
      const up = await this.#up(search, context);
      if (!up) end = NEVER_PASSED;
      else {
        await using lab = up;
        end = await this.#steps(search, ask, steps, { lab, deadline, cpus });
      }
    }
    end ??= this.#input.signal.aborted ? null : endOf(ask, steps);
    if (end) emit({ type: "capacity_decided", at: Date.now(), search: search.name, end });
    this.#done.push({ name: search.name, ask, steps, end });
  }

  #ask({ size, topology }: PlannedSearch, cpus: number): SearchAsk {
    const { lab, limits, settings } = this.#input;
    const { call, config } = lab;
    const room = roomOf(config, topology.turnServers?.[SERVER]?.options, size);
    // What the first search has taught is better than a rule of thumb.
    const model = fitModel(this.#done, cpus);
    const predicted = model && predict(model, size, call, room).calls;
    const guess = predicted === null ? firstGuess({ cpus, ...size }, call, room) : Math.floor(predicted * GUESS_SHARE);
    const most = mostCalls(call);
    return { size, call, limits, room, settings, firstGuess: Math.max(1, Math.min(guess, most.calls)), most };
  }

  /** Null: the server does not start, which is said. */
  async #up({ size, topology, name }: PlannedSearch, context: LabContext): Promise<CapacityLab | null> {
    const { emit, lab: input } = this.#input;
    const scenario = scenarioOf(this.#done.length);
    const isOutOfMemory = () => this.#outOfMemory.has(scenario);
    const startedAt = performance.now();
    try {
      const up = await startCapacityLab(scenario, { ...input, topology, size, isOutOfMemory }, context);
      const durationMs = performance.now() - startedAt;
      emit({ type: "lab_up", at: Date.now(), scenario, durationMs, nodes: up.lab.nodes });
      const { supplied = [], overridden = [] } = up.server.configured ?? {};
      for (const { what, why } of [...supplied, ...overridden]) this.#note(`the lab's own: ${what}, because ${why}`);
      return up;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      this.#note(`${name}: the server does not start: ${briefly(error)}`);
      return null;
    }
  }

  /** Until the search has come to an end; null: the server died on the way, or it was interrupted. */
  async #steps(
    { name }: PlannedSearch,
    ask: SearchAsk,
    steps: CapacityStep[],
    { lab, deadline, cpus }: { lab: CapacityLab; deadline: number; cpus: number },
  ): Promise<SearchEnd | null> {
    const { emit, lab: input, signal } = this.#input;
    for (;;) {
      const isInTime = performance.now() < deadline;
      const next = isInTime ? nextStep(ask, steps) : { done: endOf(ask, steps) };
      if ("done" in next) {
        await lab.load.stop();
        return next.done;
      }
      const { calls, purpose, holdMs } = next;
      const pace = arrivalPace(calls, input.call.over, ask.size.cpus ?? cpus);
      this.#exitCode = null;
      const step = await lab.load.hold({ purpose, calls, arrivalsPerSecond: pace, holdMs });
      if (!step) return null;
      if (!step.server.isAlive && !signal.aborted) {
        const error = await lab.lab.broken;
        if (!(error instanceof ServerError)) throw error;
        this.#note(`${name}: with ${calls} calls the server died${describeEnd(this.#exitCode, error)}`);
      }
      steps.push(step);
      emit({ type: "capacity_step", at: Date.now(), search: name, step });
      if (!step.server.isAlive || signal.aborted) return null;
    }
  }

  #note(text: string): void {
    this.#input.emit({ type: "capacity_note", at: Date.now(), text });
  }

  #finish(end: CapacityEnd, reason: string | null = null): void {
    const { emit } = this.#input;
    const at = Date.now();
    const durationMs = performance.now() - this.#startedAt;
    emit({ type: "capacity_finished", at, end, reason, durationMs });
    emit({ type: "run_finished", at, interrupted: end === "interrupted", durationMs });
  }
}

/** Of what is predicted a search begins with so much. */
const GUESS_SHARE = 0.7;
const NEVER_PASSED: SearchEnd = {
  reason: "never_passed",
  carried: null,
  notCarried: null,
  below: null,
  above: null,
  noise: [],
};

/** Names of labs, for logs and containers. */
const scenarioOf = (index: number) => (index === 0 ? "capacity" : `capacity-${index + 1}`);

/** What a search has come to where nothing more is held. */
function endOf(ask: SearchAsk, steps: readonly CapacityStep[]): SearchEnd {
  const next = nextStep({ ...ask, settings: { ...ask.settings, budgetMs: 0 } }, steps);
  if ("done" in next) return next.done;
  throw new Error(`a search that goes on without time, to ${next.calls} calls`);
}

/** Shells tell a signal by 128 and its number. What a server logged last is seldom why it died, and sometimes is. */
function describeEnd(exitCode: number | null, { message }: Error): string {
  const signal = exitCode === null ? undefined : SIGNALS.get(exitCode - 128);
  const code = exitCode === null ? "" : `, with exit code ${exitCode}${signal ? ` (${signal})` : ""}`;
  const [, ...log] = message.split("\n").filter((line) => line.trim() !== "");
  const last = log.at(-1);
  return last === undefined ? code : `${code}; the last line of its log: ${last}`;
}

const SIGNALS: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** What happened, and its last words; all of them stand in the server's log. */
function briefly({ message }: Error): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const [first = "", ...others] = lines;
  return [first, ...others.slice(-1)].join(": ");
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

import { execute } from "../../load/execute.ts";
import type { Iterate } from "../../load/iterate.ts";
import type { AllocationSpec } from "../../model/allocation-load.ts";
import type { Load } from "../../model/load.ts";
import { openStdioLine, type StdioLine } from "../../peer/stdio-line.ts";
import {
  GENERATOR_OPS,
  type GeneratorCommand,
  type GeneratorEvent,
  type GeneratorTarget,
  HELLO_TIMEOUT_MS,
  isCommand,
} from "../protocol.ts";
import { kernelTime, nowMs } from "./clock.ts";
import { combineMeasures } from "./combine-measures.ts";
import { HeldVus } from "./held-vus.ts";
import { receiveBufferErrors } from "./receive-buffer-errors.ts";
import { WorkerThreads } from "./worker-threads.ts";

const MEASURE_EVERY_MS = 250;

/** The main thread: begins lives as a load's executor says, and tells four times a second what came of them. */
export function openGenerator(workerFile: URL): void {
  openStdioLine<GeneratorCommand, GeneratorEvent>({
    helloTimeoutMs: HELLO_TIMEOUT_MS,
    isCommand: (value) => isCommand<GeneratorCommand>(value, GENERATOR_OPS),
    whyNoGreeting: ({ op }) => (op === "hello" ? null : `expected "hello" first, found "${op}"`),
    fatal: (message) => ({ event: "fatal", message }),
    onCommand: (line) => {
      let generator: Generator | null = null;
      return (command) => {
        if (command.op === "hello") {
          generator ??= new Generator(workerFile, command.workers, line);
          void generator.ready.then(() => line.send({ event: "ready", pid: process.pid }));
        } else generator?.take(command);
      };
    },
  });
}

type Run = {
  /** Lives that are not over, and who waits for that. */
  lives: Map<number, () => void>;
  dropped: number;
  held: HeldVus | null;
  stopped: AbortController;
  allOver: PromiseWithResolvers<void>;
};

class Generator {
  readonly #line: StdioLine<GeneratorEvent>;
  readonly #threads: WorkerThreads;
  #run: Run | null = null;
  /** Of all runs: a packet on its way from one to the next is nobody's. */
  #nextLife = 1;
  #measuredAtMs = 0;
  #cpu = process.cpuUsage();
  #receiveBufferErrors = receiveBufferErrors();

  constructor(workerFile: URL, workers: number, line: StdioLine<GeneratorEvent>) {
    this.#line = line;
    this.#threads = new WorkerThreads(
      workerFile,
      workers,
      (life) => this.#over(life),
      (message) => line.die(message),
    );
  }

  get ready(): Promise<void> {
    return this.#threads.ready;
  }

  take(command: Exclude<GeneratorCommand, { op: "hello" }>): void {
    if (command.op === "run") {
      if (this.#run) return this.#line.die("a load is running already");
      this.#go(command.spec, command.target, command.load).catch((error: unknown) => this.#line.die(String(error)));
      return;
    }
    if (!this.#run) return;
    if (command.op === "stop") {
      this.#run.held?.stop();
      this.#run.stopped.abort();
    } else this.#run.held?.hold(command.vus, command.perSecond);
  }

  async #go(spec: AllocationSpec, target: GeneratorTarget, load: Load | null): Promise<void> {
    const run: Run = {
      lives: new Map(),
      dropped: 0,
      held: null,
      stopped: new AbortController(),
      allOver: Promise.withResolvers(),
    };
    if (spec.relayTo === "peer" && !target.farPeer) throw new Error("packets to a peer, and no peer");
    this.#run = run;
    this.#threads.prepare({ op: "prepare", spec, target, holdMs: load ? spec.holdMs : null });
    this.#measuredAtMs = nowMs();
    this.#cpu = process.cpuUsage();
    let measuring: Promise<void> | null = null;
    const timer = setInterval(() => {
      // A worker that does not come to answering is not asked again meanwhile.
      measuring ??= this.#measure(false).finally(() => {
        measuring = null;
      });
    }, MEASURE_EVERY_MS);
    await (load ? this.#execute(run, load) : this.#hold(run));
    clearInterval(timer);
    await measuring;
    await this.#measure(true);
    this.#run = null;
    this.#line.send({ event: "done", reason: run.stopped.signal.aborted ? "stopped" : "ended" });
  }

  async #execute(run: Run, load: Load): Promise<void> {
    const leaving = new WeakMap<AbortSignal, Set<number>>();
    /** One listener for each signal, however many lives it ends. */
    const livesOf = (signal: AbortSignal): Set<number> => {
      const known = leaving.get(signal);
      if (known) return known;
      const lives = new Set<number>();
      leaving.set(signal, lives);
      signal.addEventListener("abort", () => {
        for (const life of lives) this.#threads.leave(life);
      });
      return lives;
    };
    const iterate: Iterate = (vu, _iteration, { dueAt, signal }) => {
      if (signal.aborted) return Promise.resolve();
      const life = this.#nextLife++;
      const lives = livesOf(signal);
      lives.add(life);
      return new Promise((resolve) => {
        run.lives.set(life, () => {
          lives.delete(life);
          resolve();
        });
        this.#threads.begin(life, vu, kernelTime(dueAt));
      });
    };
    await execute(load, iterate, run.stopped.signal, {
      onDropped: (count) => {
        run.dropped += count;
      },
    });
  }

  async #hold(run: Run): Promise<void> {
    const { signal } = run.stopped;
    run.held = new HeldVus({
      now: nowMs,
      begin: (vu, dueAtMs) => {
        const life = this.#nextLife++;
        run.lives.set(life, () => run.held?.over(life));
        this.#threads.begin(life, vu, dueAtMs);
        return life;
      },
      leave: (life) => this.#threads.leave(life),
    });
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    if (run.lives.size > 0) await run.allOver.promise;
  }

  #over(life: number): void {
    const run = this.#run;
    if (!run) return;
    run.lives.get(life)?.();
    run.lives.delete(life);
    if (run.lives.size === 0 && run.stopped.signal.aborted) run.allOver.resolve();
  }

  async #measure(isLast: boolean): Promise<void> {
    const run = this.#run;
    const parts = await this.#threads.measure(isLast);
    const atMs = nowMs();
    const durationMs = atMs - this.#measuredAtMs;
    const cpu = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    this.#measuredAtMs = atMs;
    const errors = receiveBufferErrors();
    const measure = combineMeasures(parts, {
      atMs,
      durationMs,
      dropped: run?.dropped ?? 0,
      receiveBufferErrors: errors - this.#receiveBufferErrors,
      cpuPercent: (cpu.user + cpu.system) / 10 / durationMs,
      memoryBytes: process.memoryUsage.rss(),
    });
    this.#receiveBufferErrors = errors;
    if (run) run.dropped = 0;
    this.#line.send({ event: "measured", ...measure });
  }
}

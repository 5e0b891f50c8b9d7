import type { AllocationSpec } from "../model/allocation-load.ts";
import type { Load } from "../model/load.ts";
import type { JsonLine } from "../runtime/line.ts";
import { AgentLine, type CommonEvent } from "./agent-line.ts";
import {
  GENERATOR_EVENTS,
  type GeneratorCommand,
  type GeneratorEvent,
  type GeneratorMeasure,
  type GeneratorTarget,
} from "./protocol.ts";

export type GeneratorRun = {
  spec: AllocationSpec;
  target: GeneratorTarget;
  /** Null: `hold` says how many. */
  load: Load | null;
  /** Four times a second, and once more at the end. */
  onMeasure(measure: GeneratorMeasure): void;
};

type Running = { onMeasure(measure: GeneratorMeasure): void; resolve(reason: "ended" | "stopped"): void };

/** The harness's end of a generator's line. One load at a time. */
export class GeneratorHandle {
  readonly #name: string;
  readonly #agent: AgentLine<GeneratorCommand, Exclude<GeneratorEvent, CommonEvent>>;
  #running: (Running & { reject(error: Error): void }) | null = null;

  constructor(name: string, line: JsonLine, { workers }: { workers: number }) {
    this.#name = `generator "${name}"`;
    this.#agent = new AgentLine(line, {
      name: this.#name,
      greeting: { op: "hello", workers },
      events: GENERATOR_EVENTS,
      onEvent: (message) => {
        if (message.event === "done") this.#running?.resolve(message.reason);
        else {
          const { event: _, ...measure } = message;
          this.#running?.onMeasure(measure);
        }
      },
      onGone: (error) => this.#running?.reject(error),
    });
  }

  /** Resolves when the generator has answered the greeting; rejects when it ended before. `pid`: in its container. */
  get ready(): Promise<{ pid: number }> {
    return this.#agent.ready;
  }

  /** Resolves when all allocations are given back; rejects when the generator ends or breaks before. */
  async run({ spec, target, load, onMeasure }: GeneratorRun): Promise<"ended" | "stopped"> {
    if (this.#running) throw new Error(`${this.#name} runs a load already`);
    if (this.#agent.gone) throw this.#agent.gone;
    const { promise, resolve, reject } = Promise.withResolvers<"ended" | "stopped">();
    this.#running = { onMeasure, resolve, reject };
    try {
      this.#agent.send({ op: "run", spec, target, load });
      return await promise;
    } finally {
      this.#running = null;
    }
  }

  /** Of a run without a load: what is there stays, what is missing sets out at that rate, what is too much leaves. */
  hold(vus: number, perSecond: number): void {
    this.#agent.send({ op: "hold", vus, perSecond });
  }

  /** Ends the load early: `run` resolves with `stopped`. */
  stop(): void {
    this.#agent.send({ op: "stop" });
  }
}

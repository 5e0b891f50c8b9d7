import type { AllocationSpec } from "../model/allocation-load.ts";
import type { Load } from "../model/load.ts";
import type { JsonLine } from "../runtime/line.ts";
import {
  GENERATOR_EVENTS,
  type GeneratorCommand,
  type GeneratorEvent,
  type GeneratorMeasure,
  type GeneratorTarget,
  isEvent,
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
  readonly name: string;
  /** Resolves when the generator has answered the greeting; rejects when it ended before. `pid`: in its container. */
  readonly ready: Promise<{ pid: number }>;
  readonly #line: JsonLine;
  #running: (Running & { reject(error: Error): void }) | null = null;
  #gone: string | null = null;

  constructor(name: string, line: JsonLine, { workers }: { workers: number }) {
    this.name = name;
    this.#line = line;
    const ready = Promise.withResolvers<{ pid: number }>();
    this.ready = ready.promise;
    // One that dies unasked is reported by its run; nobody need be waiting here.
    this.ready.catch(() => {});
    const leave = (reason: string) => {
      if (this.#gone !== null) return;
      this.#gone = reason;
      ready.reject(this.#broken());
      this.#running?.reject(this.#broken());
    };
    line.onEnd((reason) => leave(reason));
    line.onMessage((message) => {
      if (!isEvent<GeneratorEvent>(message, GENERATOR_EVENTS)) return leave("sent a line that is not of this protocol");
      if (message.event === "ready") ready.resolve({ pid: message.pid });
      else if (message.event === "fatal") leave(message.message);
      else if (message.event === "done") this.#running?.resolve(message.reason);
      else {
        const { event: _, ...measure } = message;
        this.#running?.onMeasure(measure);
      }
    });
    this.#send({ op: "hello", workers });
  }

  /** Resolves when all allocations are given back; rejects when the generator ends or breaks before. */
  async run({ spec, target, load, onMeasure }: GeneratorRun): Promise<"ended" | "stopped"> {
    if (this.#running) throw new Error(`generator "${this.name}" runs a load already`);
    if (this.#gone !== null) throw this.#broken();
    const { promise, resolve, reject } = Promise.withResolvers<"ended" | "stopped">();
    this.#running = { onMeasure, resolve, reject };
    try {
      this.#send({ op: "run", spec, target, load });
      return await promise;
    } finally {
      this.#running = null;
    }
  }

  /** Of a run without a load: what is there stays, what is missing sets out at that rate, what is too much leaves. */
  hold(vus: number, perSecond: number): void {
    this.#send({ op: "hold", vus, perSecond });
  }

  /** Ends the load early: `run` resolves with `stopped`. */
  stop(): void {
    this.#send({ op: "stop" });
  }

  #send(command: GeneratorCommand): void {
    if (this.#gone !== null) return;
    try {
      this.#line.send(command);
    } catch {
      // The line ended a moment ago, and onEnd follows.
    }
  }

  #broken(): Error {
    return new Error(`generator "${this.name}": ${this.#gone}`);
  }
}

import { Worker } from "node:worker_threads";
import type { WorkerMeasure } from "./tally.ts";
import type { WorkerCommand, WorkerEvent } from "./worker-protocol.ts";

/** Thread of the VU or life of that number: even and odd ones alike, whatever numbers are in use. */
export function threadOf(number: number, threads: number): number {
  return number % threads;
}

type Thread = {
  worker: Worker;
  beginning: { lives: number[]; vus: number[]; dueAtMs: number[] };
  leaving: number[];
  measured: ((measure: WorkerMeasure) => void) | null;
};

/** The worker threads: lives are told to them in batches, once for each turn of the event loop. */
export class WorkerThreads {
  /** All of them have loaded what they run. */
  readonly ready: Promise<void>;
  readonly #threads: Thread[];
  readonly #onOver: (life: number) => void;
  #isFlushDue = false;

  /** `onBroken`: a thread has ended, which none should. */
  constructor(file: URL, count: number, onOver: (life: number) => void, onBroken: (message: string) => void) {
    this.#onOver = onOver;
    const readies: Promise<void>[] = [];
    this.#threads = Array.from({ length: count }, () => {
      const worker = new Worker(file);
      const thread: Thread = { worker, beginning: { lives: [], vus: [], dueAtMs: [] }, leaving: [], measured: null };
      const ready = Promise.withResolvers<void>();
      readies.push(ready.promise);
      worker.on("message", (event: WorkerEvent) => {
        if (event.event === "ready") ready.resolve();
        else this.#receive(thread, event);
      });
      worker.on("error", (error: Error) => onBroken(String(error.stack ?? error)));
      return thread;
    });
    this.ready = Promise.all(readies).then(() => {});
  }

  prepare(command: Extract<WorkerCommand, { op: "prepare" }>): void {
    for (const { worker } of this.#threads) worker.postMessage(command);
  }

  begin(life: number, vu: number, dueAtMs: number): void {
    const { beginning } = this.#threadOf(life);
    beginning.lives.push(life);
    beginning.vus.push(vu);
    beginning.dueAtMs.push(dueAtMs);
    this.#flushSoon();
  }

  leave(life: number): void {
    this.#threadOf(life).leaving.push(life);
    this.#flushSoon();
  }

  measure(isLast: boolean): Promise<WorkerMeasure[]> {
    return Promise.all(
      this.#threads.map((thread) => {
        const { promise, resolve } = Promise.withResolvers<WorkerMeasure>();
        thread.measured = resolve;
        thread.worker.postMessage({ op: "measure", isLast } satisfies WorkerCommand);
        return promise;
      }),
    );
  }

  #threadOf(life: number): Thread {
    return this.#threads[threadOf(life, this.#threads.length)] as Thread;
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    for (const thread of this.#threads) {
      const { worker, beginning, leaving } = thread;
      if (beginning.lives.length > 0) {
        worker.postMessage({ op: "begin", ...beginning } satisfies WorkerCommand);
        thread.beginning = { lives: [], vus: [], dueAtMs: [] };
      }
      if (leaving.length > 0) {
        worker.postMessage({ op: "leave", lives: leaving } satisfies WorkerCommand);
        thread.leaving = [];
      }
    }
  }

  #receive(thread: Thread, event: Exclude<WorkerEvent, { event: "ready" }>): void {
    if (event.event === "over") for (const life of event.lives) this.#onOver(life);
    else {
      thread.measured?.(event.measure);
      thread.measured = null;
    }
  }
}

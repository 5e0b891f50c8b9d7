import type { StartedLab } from "./lab-up.ts";
import type { NodeCounters } from "./model/node-counters.ts";

/** Between two looks at a server. */
const INTERVAL_MS = 100;

/** What a server spent in a stretch of time. */
export type Spent = { durationMs: number; cpuMs: number };

/** The counters of one server, sample by sample, as long as its lab is up. */
export class WatchedServer {
  readonly #lab: StartedLab;
  readonly name: string;
  readonly #samples: NodeCounters[] = [];
  #waiting: (() => void)[] = [];
  /** After an interrupt nobody samples any more. */
  readonly #over: Promise<void>;

  constructor(lab: StartedLab, name: string, signal: AbortSignal) {
    this.#lab = lab;
    this.name = name;
    this.#over = new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }

  /** Resolves with the first sample. */
  async start(): Promise<void> {
    const { relay } = this.#lab.turnServers[this.name] ?? {};
    const target = { name: this.name, pid: this.#lab.pids[this.name] ?? 0, ...(relay ? { relay } : {}) };
    const first = this.#next();
    await this.#lab.fabric.sample([target], INTERVAL_MS, ([sample]) => {
      if (sample) this.#samples.push(sample);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    await Promise.race([first, this.#over, this.#lab.broken]);
  }

  /** Waits for the next sample; what is measured begins or ends there. */
  async mark(): Promise<number> {
    await Promise.race([this.#next(), this.#over, this.#lab.broken]);
    return this.#samples.length - 1;
  }

  /** Between two marks. Null: nothing was seen. */
  between(from: number, until: number): Spent | null {
    const [first, last] = [this.#samples[from], this.#samples[until]];
    if (!first || !last || from === until) return null;
    return {
      durationMs: last.atMs - first.atMs,
      cpuMs: (last.cpuMicroseconds - first.cpuMicroseconds) / 1_000,
    };
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

import type { StartedLab } from "./lab-up.ts";
import type { NodeCounters } from "./model/node-counters.ts";

/** Between two looks at a server. */
const INTERVAL_MS = 100;

/** What a server spent and held in a stretch of time. */
export type Spent = {
  durationMs: number;
  cpuMs: number;
  /** The most at once, and what the server held then beyond what it held before its first call. */
  peak: { allocations: number; memoryBytes: number };
};

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
    const [first, last, origin] = [this.#samples[from], this.#samples[until], this.#samples[0]];
    if (!first || !last || !origin || from === until) return null;
    const peak = this.#samples
      .slice(from, until + 1)
      .reduce((most, sample) => ((sample.allocations ?? 0) > (most.allocations ?? 0) ? sample : most));
    return {
      durationMs: last.atMs - first.atMs,
      cpuMs: (last.cpuMicroseconds - first.cpuMicroseconds) / 1_000,
      peak: { allocations: peak.allocations ?? 0, memoryBytes: peak.memoryBytes - origin.memoryBytes },
    };
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

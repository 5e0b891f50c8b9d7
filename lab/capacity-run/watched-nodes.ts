import type { StartedLab } from "../lab-up.ts";
import type { MachineCounters, NodeCounters } from "../model/node-counters.ts";

/** Between two looks at all nodes. */
const INTERVAL_MS = 250;

/** All nodes and the machine under them at one moment; a node that has ended is not among them. */
export type Snapshot = { nodes: ReadonlyMap<string, NodeCounters>; machine: MachineCounters };

type Lab = Pick<StartedLab, "fabric" | "pids" | "turnServers" | "broken">;

/** Counters of nodes of one lab, from `start` on. */
export class WatchedNodes {
  readonly #lab: Lab;
  readonly #server: string;
  readonly #names: readonly string[];
  #waiting: ((snapshot: Snapshot) => void)[] = [];
  #memoryPeak = 0;
  #last: Snapshot | null = null;

  /** `names`: beside the server, whose threads and open files are counted as well. */
  constructor(lab: Lab, server: string, names: readonly string[]) {
    this.#lab = lab;
    this.#server = server;
    this.#names = names;
  }

  async start(): Promise<void> {
    const { fabric, pids, turnServers } = this.#lab;
    const { relay } = turnServers[this.#server] ?? {};
    const targetOf = (name: string) => ({ name, pid: pids[name] ?? 0 });
    const server = { ...targetOf(this.#server), isDetailed: true, ...(relay ? { relay } : {}) };
    await fabric.sample([server, ...this.#names.map(targetOf)], INTERVAL_MS, (samples, machine) => {
      const nodes = new Map(samples.map((sample) => [sample.name, sample]));
      this.#memoryPeak = Math.max(this.#memoryPeak, nodes.get(this.#server)?.memoryBytes ?? 0);
      this.#last = { nodes, machine };
      for (const wake of this.#waiting.splice(0)) wake(this.#last);
    });
  }

  /** What was seen last, for when nothing more will be. */
  get last(): Snapshot | null {
    return this.#last;
  }

  /** The next sample; null where the lab breaks before. */
  next(): Promise<Snapshot | null> {
    const sampled = new Promise<Snapshot>((resolve) => this.#waiting.push(resolve));
    return Promise.race([sampled, this.#lab.broken.then(() => null)]);
  }

  /** The most memory that the server had since this was asked the last time. */
  takeMemoryPeak(): number {
    const peak = this.#memoryPeak;
    this.#memoryPeak = 0;
    return peak;
  }
}

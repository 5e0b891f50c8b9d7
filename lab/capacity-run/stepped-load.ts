import { setTimeout as sleep } from "node:timers/promises";
import type { StartedLab } from "../lab-up.ts";
import type { AllocationSpec } from "../model/allocation-load.ts";
import type { CapacityCall, CapacityStep, MachineSize } from "../model/capacity.ts";
import type { GeneratorHandle } from "../turn-load/generator-handle.ts";
import type { GeneratorMeasure, GeneratorTarget } from "../turn-load/protocol.ts";
import { type Moment, stepOf } from "./step-of.ts";
import { WatchedNodes } from "./watched-nodes.ts";

/** A load to hold. */
export type AskedStep = {
  purpose: CapacityStep["purpose"];
  calls: number;
  /** How fast the missing set out. */
  arrivalsPerSecond: number;
  holdMs: number;
};

export type SteppedLoadParts = {
  lab: Pick<StartedLab, "fabric" | "pids" | "turnServers" | "broken" | "nics">;
  generator: GeneratorHandle;
  spec: AllocationSpec;
  target: GeneratorTarget;
  size: MachineSize;
  relayed: CapacityCall["relayed"];
  /** Whether the kernel has ended the server for its memory, once it is gone. */
  isOutOfMemory(): boolean;
  /** Names of nodes. */
  clients: string;
  farPeer: string | null;
  routers: readonly string[];
};

/** A packet is lost when it has not come for 2 s: those of before the hold are counted by then. */
const SETTLE_MS = 2_200;
/** coturn keeps an allocation that was given back, and its port, for a second (4.6.1). */
const GIVEN_BACK_MS = 1_200;
/** Beyond the time that the arrivals themselves take. */
const ARRIVED_WITHIN_MS = 12_000;
const LEFT_WITHIN_MS = 10_000;
/**
 * Of a step that is no larger than the one before, so many stay: the others leave, set out anew, and are measured. Over TCP and TLS nobody
 * does: what a server could not read in time stands in the connections' buffers, for seconds, and would be measured as the next load's delay.
 */
const STAYING_SHARE = { udp: 0.5, tcp: 0, tls: 0 } as const;
/** How long a measure may be late. */
const LATE_MS = 3_000;
/** How long the engine's word on a death may come behind it. */
const DEATH_TOLD_MS = 500;
/** Of an interrupted step that was held for less, nothing is told. */
const MIN_HOLD_MS = 1_000;

const durationOf = (measures: readonly GeneratorMeasure[]) =>
  measures.reduce((sum, { durationMs }) => sum + durationMs, 0);

/** One server's load, which rises and falls step by step. */
export class SteppedLoad {
  readonly #parts: SteppedLoadParts;
  readonly #watched: WatchedNodes;
  readonly #signal: AbortSignal;
  #measures: GeneratorMeasure[] = [];
  #held = 0;
  #waiting: (() => void)[] = [];
  #isBroken = false;
  #ended: Promise<unknown> | undefined;
  /** Resolves when nothing more can be measured: an interrupt, or a lab that broke. */
  readonly #over: Promise<void>;

  constructor(parts: SteppedLoadParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    const { lab, clients, farPeer, routers } = parts;
    const names = [clients, ...(farPeer === null ? [] : [farPeer]), ...routers];
    this.#watched = new WatchedNodes(lab, parts.spec.server, names);
    this.#over = new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
      void lab.broken.then(() => {
        this.#isBroken = true;
        resolve();
      });
    });
  }

  async start(): Promise<void> {
    const { generator, spec, target } = this.#parts;
    await this.#watched.start();
    this.#ended = generator.run({ spec, target, load: null, onMeasure: (measure) => this.#take(measure) });
    // Whoever waits for a measure learns of its end by the lab's.
    this.#ended.catch(() => {});
  }

  /** Null: it was interrupted before it had been held for a second. A server that died ends it, and is told as not alive. */
  async hold({ purpose, calls, arrivalsPerSecond, holdMs }: AskedStep): Promise<CapacityStep | null> {
    const { generator, size, relayed, clients, farPeer, routers, spec, isOutOfMemory } = this.#parts;
    await this.#makeRoom(calls);
    const missing = Math.max(0, calls - this.#held);
    this.#watched.takeMemoryPeak();
    const begun = await this.#moment();
    this.#measures = [];
    generator.hold(calls, arrivalsPerSecond);
    await this.#until(() => this.#arrived() >= missing, (missing * 1_000) / arrivalsPerSecond + ARRIVED_WITHIN_MS);
    const arrived = await this.#moment();
    const arrivals = this.#takeMeasures();
    await this.#wait(SETTLE_MS);
    const from = await this.#moment();
    const settling = this.#takeMeasures();
    await this.#until(() => durationOf(this.#measures) >= holdMs, holdMs + LATE_MS);
    const until = await this.#moment();
    const hold = this.#takeMeasures();
    if (this.#signal.aborted && durationOf(hold) < MIN_HOLD_MS) return null;
    if (this.#isBroken) await sleep(DEATH_TOLD_MS);
    const seen = { arrivals, settling, hold, begun, arrived, from, until };
    const nodes = { server: spec.server, clients, farPeer, routers };
    const end = { isServerAlive: !this.#isBroken, isOutOfMemory: this.#isBroken && isOutOfMemory() };
    const memoryPeak = this.#watched.takeMemoryPeak();
    return stepOf({ purpose, size, calls, relayed, ...nodes, ...seen, memoryPeak, ...end });
  }

  /** Gives all allocations back. */
  async stop(): Promise<void> {
    this.#parts.generator.stop();
    await Promise.race([this.#ended?.catch(() => {}), sleep(LEFT_WITHIN_MS, undefined, { ref: false })]);
  }

  async #makeRoom(calls: number): Promise<void> {
    if (calls > this.#held || this.#held === 0) return;
    const staying = Math.floor(calls * STAYING_SHARE[this.#parts.spec.over]);
    this.#parts.generator.hold(staying, this.#held);
    await this.#until(() => this.#held <= staying, LEFT_WITHIN_MS);
    await this.#wait(GIVEN_BACK_MS);
  }

  #take(measure: GeneratorMeasure): void {
    this.#held = measure.held;
    this.#measures.push(measure);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #takeMeasures(): GeneratorMeasure[] {
    const measures = this.#measures;
    this.#measures = [];
    return measures;
  }

  /** Since the measures were last put away: calls that are held, or came to nothing. */
  #arrived(): number {
    return this.#measures.reduce(
      (sum, { allocated, failed }) => sum + allocated + Object.values(failed).reduce((a, b) => a + b, 0),
      0,
    );
  }

  async #moment(): Promise<Moment | null> {
    const { lab, spec } = this.#parts;
    try {
      const counted = Promise.all([this.#watched.next(), lab.nics.drops(spec.server)]);
      const [snapshot, nicDrops] = await Promise.race([counted, this.#over.then(() => [null, null] as const)]);
      if (snapshot) return { snapshot, nicDrops };
    } catch {
      // The lab is going.
    }
    const { last } = this.#watched;
    return last && { snapshot: last, nicDrops: null };
  }

  async #until(isDone: () => boolean, withinMs: number): Promise<void> {
    const late = sleep(withinMs, undefined, { ref: false });
    let isOver = false;
    const over = Promise.race([late, this.#over]).then(() => {
      isOver = true;
    });
    while (!isDone() && !isOver)
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), over]);
  }

  async #wait(ms: number): Promise<void> {
    await this.#until(() => false, ms);
  }
}

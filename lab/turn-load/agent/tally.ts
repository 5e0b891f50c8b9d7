import { Deliveries } from "./deliveries.ts";
import { Latencies } from "./latencies.ts";
import type { Life } from "./life.ts";
import type { FailureCode } from "./link.ts";
import { ThreadLoad } from "./thread-load.ts";

/** What a worker counted since it was last asked; `held` is now. */
export type WorkerMeasure = {
  started: number;
  allocated: number;
  failed: Record<string, number>;
  ended: number;
  interrupted: number;
  lost: number;
  lostBy: Record<string, number>;
  held: number;
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  bytesReceived: number;
  packetsLost: number;
  packetsSkipped: number;
  connectTime: string | null;
  allocateTime: string | null;
  roundTrip: string | null;
  /** Summed over streams that have one. */
  jitterMs: number;
  jitters: number;
  /** Share of the time in which the thread ran; and in which its event loop was at work, and the thread did not run. */
  cpuPercent: number;
  waitPercent: number;
};

/** All that the clients of one worker come to. */
export class Tally {
  started = 0;
  ended = 0;
  interrupted = 0;
  packetsSkipped = 0;
  readonly connectTime = new Latencies();
  readonly allocateTime = new Latencies();
  readonly #roundTrip = new Latencies();
  readonly #deliveries: Deliveries;
  readonly #held = new Set<Life>();
  #allocated = 0;
  #failed: Record<string, number> = {};
  #lostBy: Record<string, number> = {};
  #packetsSent = 0;
  #bytesSent = 0;
  #packetsReceived = 0;
  #bytesReceived = 0;
  readonly #load = new ThreadLoad();

  constructor(nowMs: number) {
    this.#deliveries = new Deliveries(nowMs);
  }

  hold(life: Life): void {
    this.#allocated += 1;
    this.#held.add(life);
  }

  release(life: Life): void {
    this.#held.delete(life);
  }

  fail(code: FailureCode): void {
    this.#failed[code] = (this.#failed[code] ?? 0) + 1;
  }

  lose(code: FailureCode): void {
    this.#lostBy[code] = (this.#lostBy[code] ?? 0) + 1;
  }

  sent(bytes: number, dueMs: number): void {
    this.#packetsSent += 1;
    this.#bytesSent += bytes;
    this.#deliveries.sent(dueMs);
  }

  /** False: it comes too late, and is one of the lost. */
  received(bytes: number, dueMs: number, nowMs: number): boolean {
    if (!this.#deliveries.received(dueMs, nowMs)) return false;
    this.#packetsReceived += 1;
    this.#bytesReceived += bytes;
    this.#roundTrip.record(nowMs - dueMs);
    return true;
  }

  /** `isLast`: all lives are over. */
  take(nowMs: number, isLast: boolean): WorkerMeasure {
    let [jitterMs, jitters] = [0, 0];
    for (const life of this.#held) {
      for (const flow of life.flows) {
        if (Number.isNaN(flow.jitterMs)) continue;
        jitterMs += flow.jitterMs;
        jitters += 1;
      }
    }
    const measure: WorkerMeasure = {
      started: this.started,
      allocated: this.#allocated,
      failed: this.#failed,
      ended: this.ended,
      interrupted: this.interrupted,
      lost: Object.values(this.#lostBy).reduce((sum, count) => sum + count, 0),
      lostBy: this.#lostBy,
      held: this.#held.size,
      packetsSent: this.#packetsSent,
      bytesSent: this.#bytesSent,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      packetsLost: isLast ? this.#deliveries.settleAll(nowMs) : this.#deliveries.settle(nowMs),
      packetsSkipped: this.packetsSkipped,
      connectTime: this.connectTime.take(),
      allocateTime: this.allocateTime.take(),
      roundTrip: this.#roundTrip.take(),
      jitterMs,
      jitters,
      ...this.#load.take(),
    };
    this.started = 0;
    this.ended = 0;
    this.interrupted = 0;
    this.packetsSkipped = 0;
    this.#allocated = 0;
    this.#failed = {};
    this.#lostBy = {};
    this.#packetsSent = 0;
    this.#bytesSent = 0;
    this.#packetsReceived = 0;
    this.#bytesReceived = 0;
    return measure;
  }
}

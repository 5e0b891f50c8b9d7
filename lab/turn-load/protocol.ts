import type { AllocationSpec } from "../model/allocation-load.ts";
import type { Load } from "../model/load.ts";

/** What the harness and a generator of allocations say to each other, as JSON lines over its container's stdio. */

export type GeneratorTarget = {
  /** Where the server answers, and its name for TLS. */
  address: string;
  port: number;
  servername: string;
  username: string;
  password: string;
  /** Of the peer that sends packets back; null without one. */
  farPeer: { address: string; port: number } | null;
};

export type GeneratorCommand =
  | { op: "hello"; workers: number }
  /**
   * Runs a load to its end. Without one, nothing begins until `target` says how many to hold (k6's externally-controlled
   * executor): what is there stays, what is missing sets out at `perSecond`, what is too much leaves.
   */
  | { op: "run"; spec: AllocationSpec; target: GeneratorTarget; load: Load | null }
  | { op: "hold"; vus: number; perSecond: number }
  /** Begins nothing more, gives all allocations back, and answers `done`. */
  | { op: "stop" };

export type GeneratorEvent =
  | { event: "ready"; pid: number }
  /** Four times a second while a load runs, and once more at its end. */
  | ({ event: "measured" } & GeneratorMeasure)
  | { event: "done"; reason: "ended" | "stopped" }
  | { event: "fatal"; message: string };

/** What happened since the last one, over all workers; `held` is now. Histograms are HdrHistogram's V2 base64, of microseconds. */
export type GeneratorMeasure = {
  /** CLOCK_MONOTONIC, of the end of the stretch. */
  atMs: number;
  durationMs: number;
  started: number;
  allocated: number;
  /** By failure, as `turn_486`, `turn_508`, `turn_timeout`; all of them iterations that came to nothing. */
  failed: Record<string, number>;
  /** Ended as planned, and lost before (a Refresh refused, a connection closed). */
  ended: number;
  lost: number;
  /** Iterations that were due and had no VU. */
  dropped: number;
  held: number;
  packetsSent: number;
  bytesSent: number;
  /** That came back, or arrived at the far allocation. */
  packetsReceived: number;
  bytesReceived: number;
  /** That will not come: nothing within 2 s. */
  packetsLost: number;
  /** Due, and not sent within 20 ms: load that the generator did not produce. */
  packetsSkipped: number;
  /** From when it was due until the channel is bound, in microseconds. */
  connectTime: string | null;
  /** From the first packet of Allocate until its answer, both round trips. */
  allocateTime: string | null;
  /** Of packets, from when each was due until it came back. */
  roundTrip: string | null;
  /** RFC 3550 section 6.4.1, mean over the clients; null without packets. */
  jitterMs: number | null;
  /** Of the whole process, 100 is one core; and of its busiest worker, which binds at 100. */
  cpuPercent: number;
  busiestWorkerPercent: number;
  memoryBytes: number;
};

import type { MachineCounters, NodeCounters } from "../../model/node-counters.ts";

/** What the harness and the fabric say to each other, as JSON lines over the fabric container's stdio. */

export type FabricRequest =
  /** Runs a program, in the network namespace of process `netns` when given. */
  | { id: number; op: "exec"; argv: string[]; stdin?: string; netns?: number }
  /** Starts a program that stays: its stdout lines come back as `output`, its end as `ended`. */
  | { id: number; op: "spawn"; name: string; argv: string[]; netns?: number; ownNetns?: boolean }
  | { id: number; op: "write"; name: string; line: string }
  | { id: number; op: "kill"; name: string }
  /** Writes values of a network namespace's own /proc/sys, by dotted name. */
  | { id: number; op: "sysctl"; netns: number; values: Record<string, number | string> }
  /** These inits are ended when the fabric's own line ends, for images whose init ignores stdin. */
  | { id: number; op: "guard"; pids: number[] }
  | { id: number; op: "sample"; intervalMs: number; targets: SampleTarget[] }
  | { id: number; op: "stop-sampling" };

export type ExecResult = { code: number; stdout: string; stderr: string };

export type SampleTarget = {
  name: string;
  pid: number;
  /** Where relay sockets are bound, to count allocations; absent for anything but a TURN server. */
  relay?: { address: string; minPort: number; maxPort: number };
  /** Also what each thread uses, and how many files are open. */
  isDetailed?: boolean;
};

export type RawSample = NodeCounters & { name: string };
export type Sampled = { samples: RawSample[]; machine: MachineCounters };

export type FabricReply = { id: number; ok: true; result: unknown } | { id: number; ok: false; error: string };

export type FabricEvent =
  | { event: "ready" }
  | { event: "output"; name: string; line: string }
  | { event: "ended"; name: string; code: number | null; stderr: string }
  | ({ event: "sample" } & Sampled);

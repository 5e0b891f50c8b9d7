import type { TurnTransport } from "./ice.ts";
import type { Statistics } from "./metrics.ts";
import type { PacketStream } from "./traffic-profile.ts";

/** What may bind a TURN server; `generator`: the lab, and then nothing was learned about the server. */
export const CONSTRAINTS = [
  "server-cpu",
  "server-thread",
  "memory",
  "nic",
  "port-range",
  "file-descriptors",
  "user-quota",
  "total-quota",
  "bps-capacity",
  "udp-receive-buffer",
  "router",
  "server-died",
  "generator",
] as const;
export type Constraint = (typeof CONSTRAINTS)[number];

/** The machine that a server's container stands for. Absent: what this machine has. */
export type MachineSize = {
  /** Cores; a quota with a period of 10 ms. */
  cpus?: number;
  /** Without swap. */
  memoryBytes?: number;
  /** Each way, on its wire: bits of Ethernet frame. */
  nicBitsPerSecond?: number;
  /** RLIMIT_NOFILE. */
  fileDescriptors?: number;
};

/**
 * What a size may be. `cpus`: the kernel has no quota below 1 ms (tg_set_cfs_bandwidth). `memoryBytes`: the engine has no limit
 * below 6 MiB, which an idle coturn has. `nicBitsPerSecond`: below, a frame takes longer than the queue is.
 */
export const SIZE_LIMITS = {
  cpus: { min: 0.1, max: 1024 },
  memoryBytes: { min: 6 * 1024 ** 2, max: 2 ** 50 },
  nicBitsPerSecond: { min: 256_000, max: 100e9 },
  fileDescriptors: { min: 64, max: 1_048_576 },
} as const satisfies Record<keyof MachineSize, { min: number; max: number }>;

/** What one call is. */
export type CapacityCall = {
  over: TurnTransport;
  /** One: the far end is not relayed. Both: two allocations on this server, and all packets pass it twice. */
  relayed: "one" | "both";
  /** Each way. */
  streams: readonly PacketStream[];
};

/** A load is carried while all of these hold. */
export type CapacityLimits = {
  /** Of calls that set out. */
  successRate: number;
  connectTimeP95Ms: number;
  /** Of packets that were sent. */
  packetLoss: number;
  roundTripP95Ms: number;
};

/** One load, held, as measured. */
export type CapacityStep = {
  /** `ramp`: on the way up; `search`: between; `below`, `above`: confirmations; `predict`: of another size. */
  purpose: "ramp" | "search" | "below" | "above" | "predict";
  size: MachineSize;
  calls: number;
  /** What stood when it was held: fewer than `calls` where some failed. */
  held: number;
  durationMs: number;
  /** Calls that set out for this step, and those that connected: 0 where the step before had left enough of them. */
  started: number;
  connected: number;
  /** By code, of arriving and of holding: `turn_486`, `turn_508`, `turn_timeout`. */
  failures: Record<string, number>;
  connectTime: Statistics;
  roundTrip: Statistics;
  jitterMs: number | null;
  packetsSent: number;
  packetsLost: number;
  packetsSkipped: number;
  server: ServerUse;
  /** 100 is a core. `receiveBufferErrors`: packets that had come and that its own sockets had no room for: the lab lost them. */
  generator: {
    cpuPercent: number;
    busiestWorkerPercent: number;
    /** Of the worker that waited most: share of the time in which it had something to do, and others had the cores. */
    workerWaitPercent: number;
    receiveBufferErrors: number;
  };
  /**
   * The kernel forwards for all routers and wires, on whichever core a packet came to. `cpuPercent`: of the busiest core, what it was
   * busy with packets outside of any process. `dropped`: what no core had room for, and what connection tracking of that router,
   * which dropped most, had not.
   */
  router: { name: string; cpuPercent: number; dropped: number } | null;
  /** What sends packets back; null where none stands in the way (`relayTo: "allocation"`). Receive-buffer errors of its own socket. */
  farPeer: { cpuPercent: number; udpReceiveBufferErrors: number } | null;
  /** The stretch before, in which calls were added; null where none were. All else in a step is of the load as it stood. */
  arrival: ArrivalStretch | null;
  /** Of the machine itself: share of all its cores that was idle. */
  machineIdlePercent: number | null;
};

/** What setting up costs is seen here alone. */
export type ArrivalStretch = {
  durationMs: number;
  /** Allocations that the server gave in it, and how many stood on average. */
  allocated: number;
  allocationsHeld: number;
  packetsSent: number;
  serverCpuPercent: number | null;
};

export type ServerUse = {
  /** 100 is one core. */
  cpuPercent: number | null;
  /** By thread, busiest first: its name and its share of a core. */
  threads: { name: string; cpuPercent: number }[];
  /** Share of quota periods in which it was throttled; null without a quota. */
  throttledShare: number | null;
  memoryBytes: number | null;
  rxBitsPerSecond: number | null;
  txBitsPerSecond: number | null;
  /** Received on its wire. */
  packetsPerSecond: number | null;
  /** On its wire, where the rate binds. */
  wireDrops: number;
  udpReceiveBufferErrors: number;
  allocations: number | null;
  fileDescriptors: number | null;
  /** Whether it was still there. */
  isAlive: boolean;
  /** Ended by the kernel for its memory. */
  isOutOfMemory: boolean;
};

/** What the server itself has room for, before anything is measured. */
export type ServerRoom = {
  relayPorts: number;
  fileDescriptors: number | null;
  totalQuota: number | null;
  userQuota: number | null;
  /** Bytes a second; each allocation reserves `maxBps` of it, so that without one it binds nothing. */
  bpsCapacity: number | null;
  maxBps: number | null;
  relayThreads: number | null;
};

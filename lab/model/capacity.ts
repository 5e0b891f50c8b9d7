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
  started: number;
  connected: number;
  /** By code. */
  failures: Record<string, number>;
  connectTime: Statistics;
  roundTrip: Statistics;
  jitterMs: number | null;
  packetsSent: number;
  packetsLost: number;
  packetsSkipped: number;
  server: ServerUse;
  /**
   * Clients and far peer together, and their busiest thread: 100 is a core. `receiveBufferErrors`: packets that had come and that their own
   * sockets had no room for, so that it was the lab that lost them.
   */
  generator: { cpuPercent: number; busiestWorkerPercent: number; receiveBufferErrors: number };
  /**
   * The kernel forwards for all routers and wires, on whichever core a packet came to. `cpuPercent`: of the busiest core, what it was
   * busy with packets outside of any process. `dropped`: what no core had room for, and what connection tracking of that router,
   * which dropped most, had not.
   */
  router: { name: string; cpuPercent: number; dropped: number } | null;
  /** Of the machine itself: share of all its cores that was idle. */
  machineIdlePercent: number | null;
};

export type ServerUse = {
  cpuPercent: number | null;
  /** By thread, busiest first: its name and its share of a core. */
  threads: { name: string; cpuPercent: number }[];
  /** Share of quota periods in which it was throttled; null without a quota. */
  throttledShare: number | null;
  memoryBytes: number | null;
  rxBitsPerSecond: number | null;
  txBitsPerSecond: number | null;
  packetsPerSecond: number | null;
  /** On its wire, where the rate binds. */
  wireDrops: number;
  udpReceiveBufferErrors: number;
  allocations: number | null;
  fileDescriptors: number | null;
  /** Whether it was still there. */
  isAlive: boolean;
};

/** What the server itself has room for, before anything is measured. */
export type ServerRoom = {
  relayPorts: number;
  fileDescriptors: number | null;
  totalQuota: number | null;
  userQuota: number | null;
  bpsCapacity: number | null;
  relayThreads: number | null;
};

/** Raw counters of one node at one moment, as the fabric reads them; `atMs` is monotonic, on the engine's machine. */
export type NodeCounters = {
  atMs: number;
  cpuMicroseconds: number;
  /** Null: it has no quota. */
  throttling: Throttling | null;
  memoryBytes: number;
  rxBytes: number;
  txBytes: number;
  rxPackets: number;
  txPackets: number;
  udpReceiveBufferErrors: number;
  /** What its connection tracking had no room for; 0 without any. */
  untrackedPackets: number;
  /** Relay sockets; null for a node without a relay range. */
  allocations: number | null;
  /** Of a node that was asked for: what its programs, its init left out, have open, and what each thread has used. */
  fileDescriptors?: number;
  threads?: ThreadCounters[];
};

/** Since the container began; a period is that of its CPU quota (kernel: sched-bwc). */
export type Throttling = { periods: number; throttledPeriods: number; throttledMicroseconds: number };

/** `id`: as the engine's machine counts it; the first to start has the lowest. */
export type ThreadCounters = { id: number; name: string; cpuMicroseconds: number };

/** Of the engine's whole machine (proc_stat(5)), in ms since it started. */
export type MachineCounters = {
  atMs: number;
  /** `softirq`: forwarding, NAT and whatever else the kernel does for packets outside of any process's own calls. */
  cores: { totalMs: number; idleMs: number; softirqMs: number }[];
  /** Packets that no core had room for in its backlog (net.core.netdev_max_backlog), on any wire of any network namespace. */
  backlogDrops: number;
};

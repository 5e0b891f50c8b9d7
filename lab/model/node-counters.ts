/** Raw counters of one node at one moment, as the fabric reads them; `atMs` is monotonic, on the engine's machine. */
export type NodeCounters = {
  atMs: number;
  cpuMicroseconds: number;
  memoryBytes: number;
  rxBytes: number;
  txBytes: number;
  rxPackets: number;
  txPackets: number;
  udpReceiveBufferErrors: number;
  /** Relay sockets; null for a node without a relay range. */
  allocations: number | null;
};

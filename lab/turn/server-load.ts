/** Counters of one node, as the fabric reads them; `atMs` is monotonic. */
export type LoadCounters = {
  atMs: number;
  cpuMicroseconds: number;
  memoryBytes: number;
  rxBytes: number;
  txBytes: number;
  rxPackets: number;
  txPackets: number;
  udpReceiveBufferErrors: number;
  allocations: number | null;
};

/** Rates between two samples; null without a previous one. `cpuPercent`: 100 is one core. */
export type LoadRates = {
  cpuPercent: number | null;
  rxBitsPerSecond: number | null;
  txBitsPerSecond: number | null;
  rxPacketsPerSecond: number | null;
  txPacketsPerSecond: number | null;
};

export function ratesBetween(previous: LoadCounters | undefined, current: LoadCounters): LoadRates {
  const elapsedMs = previous ? current.atMs - previous.atMs : 0;
  const perSecond = (key: "rxBytes" | "txBytes" | "rxPackets" | "txPackets" | "cpuMicroseconds", factor: number) =>
    previous && elapsedMs > 0 ? ((current[key] - previous[key]) * factor * 1000) / elapsedMs : null;
  return {
    cpuPercent: perSecond("cpuMicroseconds", 100 / 1e6),
    rxBitsPerSecond: perSecond("rxBytes", 8),
    txBitsPerSecond: perSecond("txBytes", 8),
    rxPacketsPerSecond: perSecond("rxPackets", 1),
    txPacketsPerSecond: perSecond("txPackets", 1),
  };
}

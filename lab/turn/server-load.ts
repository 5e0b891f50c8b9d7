import type { NodeCounters } from "../model/node-counters.ts";

/** Rates between two samples; null without a previous one. `cpuPercent`: 100 is one core. */
export type LoadRates = {
  cpuPercent: number | null;
  rxBitsPerSecond: number | null;
  txBitsPerSecond: number | null;
  rxPacketsPerSecond: number | null;
  txPacketsPerSecond: number | null;
};

export function ratesBetween(previous: NodeCounters | undefined, current: NodeCounters): LoadRates {
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

import type { ScenarioSummary, ServerStatistics } from "../../lab/model/summary.ts";
import { formatCount, formatCpu, formatMebibytes, formatMegabits } from "./format.ts";

/** What servers and the lab itself spent: a row for each, its name first, then figures under `titles`. */
export function loadTable(scenario: Pick<ScenarioSummary, "turnServers" | "lab">): {
  titles: string[];
  rows: string[][];
} {
  const titles = [
    "CPU avg",
    "CPU max",
    "Memory max",
    "Mbit/s in max",
    "Mbit/s out max",
    "Packets/s in max",
    "Packets/s out max",
    "Allocations max",
    "UDP buffer drops",
    "Samples",
  ];
  const seen = Object.entries(scenario.turnServers).filter(
    (entry): entry is [string, ServerStatistics] => entry[1] !== null,
  );
  const servers = seen.map(([name, server]) => [
    name,
    formatCpu(server.cpuPercent.avg),
    formatCpu(server.cpuPercent.max),
    formatMebibytes(server.memoryBytes.max),
    formatMegabits(server.rxBitsPerSecond.max),
    formatMegabits(server.txBitsPerSecond.max),
    formatCount(server.rxPacketsPerSecond.max),
    formatCount(server.txPacketsPerSecond.max),
    formatCount(server.allocations.max),
    formatCount(server.udpReceiveBufferErrors),
    formatCount(server.allocations.count),
  ]);
  const lab = Object.entries(scenario.lab).map(([name, { cpuPercent, memoryBytes }]) => [
    `${name} (lab)`,
    formatCpu(cpuPercent.avg),
    formatCpu(cpuPercent.max),
    formatMebibytes(memoryBytes.max),
    ...["", "", "", "", "", ""],
    formatCount(memoryBytes.count),
  ]);
  return { titles, rows: [...servers, ...lab] };
}

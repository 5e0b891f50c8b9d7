import type { CapacityStep } from "../model/capacity.ts";
import type { ConstraintFinding, SearchAsk } from "../model/capacity-search.ts";

/** From here on a resource counts as used up, and from here on as the reason, as a share of its limit. */
const CPU = { noticed: 0.75, full: 0.92 } as const;
const THREAD = { noticed: 80, full: 92 } as const;
const MEMORY_FULL = 0.95;
const DESCRIPTORS_FULL = 0.95;
/** Of quota periods: a server that is throttled in so many of them waits, whatever its mean is. */
const THROTTLED = { noticed: 0.2, full: 0.6 } as const;

/** Which of the machine's limits the server was at. */
export function serverLimits(step: CapacityStep, ask: SearchAsk, machineCpus: number | null): ConstraintFinding[] {
  return [...cpu(step, ask, machineCpus), ...memory(step, ask), ...fileDescriptors(step, ask)];
}

function cpu({ server }: CapacityStep, { size }: SearchAsk, machineCpus: number | null): ConstraintFinding[] {
  const { cpuPercent, throttledShare } = server;
  const cpus = size.cpus ?? machineCpus;
  if (cpuPercent === null) return [];
  const [busiest] = server.threads.toSorted((a, b) => b.cpuPercent - a.cpuPercent);
  const used = cpus === null ? null : cpuPercent / (cpus * 100);
  const findings: ConstraintFinding[] = [];
  const byMean = used === null ? 0 : between(used, CPU.noticed, CPU.full);
  const byThrottling = throttledShare === null ? 0 : between(throttledShare, THROTTLED.noticed, THROTTLED.full);
  if (used !== null && cpus !== null && Math.max(byMean, byThrottling) > 0) {
    const throttled = throttledShare === null ? "" : `, throttled in ${percent(throttledShare)} of periods of 10 ms`;
    const thread = busiest ? `; most by ${busiest.name}, ${busiest.cpuPercent.toFixed(0)} % of a core` : "";
    const evidence = `the server used ${percent(used)} of its ${Number(cpus.toFixed(2))} cores${throttled}${thread}`;
    findings.push({ constraint: "server-cpu", weight: 0.9 * Math.max(byMean, 0.8 * byThrottling), evidence });
  }
  // One thread can be full while there are cores left.
  const full = busiest ? between(busiest.cpuPercent, THREAD.noticed, THREAD.full) : 0;
  if (busiest && full > 0 && (cpus === null || cpus > 1) && byMean < 1) {
    const rest = used === null ? "" : `, and the server as a whole ${percent(used)} of its cores`;
    const evidence = `the thread ${busiest.name} used ${busiest.cpuPercent.toFixed(0)} % of a core${rest}: it cannot use another`;
    findings.push({ constraint: "server-thread", weight: 0.88 * full, evidence });
  }
  return findings;
}

function memory({ server }: CapacityStep, { size: { memoryBytes } }: SearchAsk): ConstraintFinding[] {
  if (memoryBytes === undefined || server.memoryBytes === null || server.isOutOfMemory) return [];
  const used = server.memoryBytes / memoryBytes;
  if (used < MEMORY_FULL) return [];
  const evidence = `the server used ${percent(used)} of its ${Math.round(memoryBytes / 2 ** 20)} MiB`;
  return [{ constraint: "memory", weight: 0.65, evidence }];
}

function fileDescriptors({ server }: CapacityStep, { size, room }: SearchAsk): ConstraintFinding[] {
  const limit = size.fileDescriptors ?? room.fileDescriptors;
  if (limit === null || server.fileDescriptors === null || server.fileDescriptors < limit * DESCRIPTORS_FULL) return [];
  const evidence = `the server had ${server.fileDescriptors} of its ${limit} file descriptors open`;
  return [{ constraint: "file-descriptors", weight: 0.92, evidence }];
}

/** 0 at `low` and below, 0.5 just above it, 1 at `high` and above. */
function between(value: number, low: number, high: number): number {
  return value <= low ? 0 : Math.min(1, 0.5 + (0.5 * (value - low)) / (high - low));
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

import type { GeneratorMeasure } from "../protocol.ts";
import { Latencies } from "./latencies.ts";
import type { WorkerMeasure } from "./tally.ts";

type OfProcess = Pick<
  GeneratorMeasure,
  "atMs" | "durationMs" | "dropped" | "receiveBufferErrors" | "cpuPercent" | "memoryBytes"
>;

/** What all workers measured in one stretch, and the process around them. */
export function combineMeasures(parts: readonly WorkerMeasure[], ofProcess: OfProcess): GeneratorMeasure {
  const sum = (of: (part: WorkerMeasure) => number) => parts.reduce((total, part) => total + of(part), 0);
  const jitters = sum((part) => part.jitters);
  return {
    ...ofProcess,
    started: sum((part) => part.started),
    allocated: sum((part) => part.allocated),
    failed: sumByCode(parts.map((part) => part.failed)),
    ended: sum((part) => part.ended),
    interrupted: sum((part) => part.interrupted),
    lost: sum((part) => part.lost),
    lostBy: sumByCode(parts.map((part) => part.lostBy)),
    held: sum((part) => part.held),
    packetsSent: sum((part) => part.packetsSent),
    bytesSent: sum((part) => part.bytesSent),
    packetsReceived: sum((part) => part.packetsReceived),
    bytesReceived: sum((part) => part.bytesReceived),
    packetsLost: sum((part) => part.packetsLost),
    packetsSkipped: sum((part) => part.packetsSkipped),
    connectTime: addUp(parts.map((part) => part.connectTime)),
    allocateTime: addUp(parts.map((part) => part.allocateTime)),
    roundTrip: addUp(parts.map((part) => part.roundTrip)),
    jitterMs: jitters === 0 ? null : sum((part) => part.jitterMs) / jitters,
    busiestWorkerPercent: Math.max(0, ...parts.map((part) => part.cpuPercent)),
    workerWaitPercent: Math.max(0, ...parts.map((part) => part.waitPercent)),
  };
}

function sumByCode(counts: readonly Record<string, number>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const part of counts) for (const [code, count] of Object.entries(part)) all[code] = (all[code] ?? 0) + count;
  return all;
}

function addUp(encoded: readonly (string | null)[]): string | null {
  const found = encoded.filter((one) => one !== null);
  if (found.length < 2) return found[0] ?? null;
  const all = new Latencies();
  for (const one of found) all.add(one);
  return all.take();
}

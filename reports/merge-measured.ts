import type { EventOf } from "../lab/model/events.ts";
import { addHistograms } from "../lab/statistics/histogram.ts";

type Measured = EventOf<"allocations_measured">;

/** Stretches that follow each other as one; jitter, which is a mean, by their length. */
export function mergeMeasured(stretches: readonly [Measured, ...Measured[]]): Measured {
  const last = stretches.at(-1) ?? stretches[0];
  const sum = (of: (one: Measured) => number) => stretches.reduce((total, one) => total + of(one), 0);
  const counts = (of: (one: Measured) => Record<string, number>) => {
    const all: Record<string, number> = {};
    for (const [code, count] of stretches.flatMap((one) => Object.entries(of(one))))
      all[code] = (all[code] ?? 0) + count;
    return all;
  };
  const many = (of: (one: Measured) => string | null) => addHistograms(stretches.map(of));
  const durationMs = sum((one) => one.durationMs);
  const average = (all: readonly Measured[], of: (one: Measured) => number) => {
    const ms = all.reduce((total, one) => total + one.durationMs, 0);
    return ms === 0 ? 0 : all.reduce((total, one) => total + of(one) * one.durationMs, 0) / ms;
  };
  const carrying = stretches.filter(({ jitterMs }) => jitterMs !== null);
  return {
    ...last,
    durationMs,
    started: sum((one) => one.started),
    allocated: sum((one) => one.allocated),
    failed: counts((one) => one.failed),
    ended: sum((one) => one.ended),
    lost: sum((one) => one.lost),
    lostBy: counts((one) => one.lostBy),
    interrupted: sum((one) => one.interrupted),
    dropped: sum((one) => one.dropped),
    packetsSent: sum((one) => one.packetsSent),
    bytesSent: sum((one) => one.bytesSent),
    packetsReceived: sum((one) => one.packetsReceived),
    bytesReceived: sum((one) => one.bytesReceived),
    packetsLost: sum((one) => one.packetsLost),
    packetsSkipped: sum((one) => one.packetsSkipped),
    receiveBufferErrors: sum((one) => one.receiveBufferErrors),
    connectTime: many((one) => one.connectTime),
    allocateTime: many((one) => one.allocateTime),
    roundTrip: many((one) => one.roundTrip),
    jitterMs: carrying.length === 0 ? null : average(carrying, ({ jitterMs }) => jitterMs ?? 0),
    cpuPercent: average(stretches, (one) => one.cpuPercent),
    busiestWorkerPercent: Math.max(...stretches.map((one) => one.busiestWorkerPercent)),
    workerWaitPercent: Math.max(...stretches.map((one) => one.workerWaitPercent)),
    memoryBytes: Math.max(...stretches.map((one) => one.memoryBytes)),
  };
}

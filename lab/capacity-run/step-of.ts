import type { ArrivalStretch, CapacityCall, CapacityStep, MachineSize, ServerUse } from "../model/capacity.ts";
import type { NodeCounters } from "../model/node-counters.ts";
import type { NicDrops } from "../net/nic-rates.ts";
import { histogramStatistics } from "../statistics/histogram.ts";
import { ratesBetween } from "../turn/server-load.ts";
import type { GeneratorMeasure } from "../turn-load/protocol.ts";
import { threadShares } from "./thread-shares.ts";
import type { Snapshot } from "./watched-nodes.ts";

/** One moment of a step: everything that is counted, at its beginning or its end. Null: the lab was broken by then. */
export type Moment = { snapshot: Snapshot; nicDrops: NicDrops | null };

/** All that was seen of one load. */
export type StepSeen = {
  purpose: CapacityStep["purpose"];
  size: MachineSize;
  relayed: CapacityCall["relayed"];
  calls: number;
  server: string;
  clients: string;
  farPeer: string | null;
  routers: readonly string[];
  /** While calls set out, from then until what was lost before is counted, and while all of them were held. */
  arrivals: readonly GeneratorMeasure[];
  settling: readonly GeneratorMeasure[];
  hold: readonly GeneratorMeasure[];
  /** When the first and when the last of them set out. */
  begun: Moment | null;
  arrived: Moment | null;
  /** Of the hold. */
  from: Moment | null;
  until: Moment | null;
  memoryPeak: number;
  isServerAlive: boolean;
  isOutOfMemory: boolean;
};

type Nodes = [before: NodeCounters, after: NodeCounters];

/** A load as it was measured. What was held counts from 2 s after the last call had set out: packets lost before are not among it. */
export function stepOf(seen: StepSeen): CapacityStep {
  const { purpose, size, calls, arrivals, settling, hold, from, until } = seen;
  const all = [...arrivals, ...settling, ...hold];
  const failures: Record<string, number> = {};
  for (const { failed, lostBy } of all)
    for (const [code, count] of [...Object.entries(failed), ...Object.entries(lostBy)])
      failures[code] = (failures[code] ?? 0) + count;
  const jitters = hold.flatMap(({ jitterMs }) => (jitterMs === null ? [] : [jitterMs]));
  const machine = from && until ? machineBetween(from.snapshot, until.snapshot) : null;
  const packetsSent = sum(hold, (measure) => measure.packetsSent);
  return {
    purpose,
    size,
    calls,
    held: all.at(-1)?.held ?? 0,
    durationMs: sum(hold, ({ durationMs }) => durationMs),
    started: sum(all, ({ started }) => started),
    connected: sum(all, ({ allocated }) => allocated),
    failures,
    connectTime: histogramStatistics(all.map(({ connectTime }) => connectTime)),
    roundTrip: histogramStatistics(hold.map(({ roundTrip }) => roundTrip)),
    jitterMs: jitters.length === 0 ? null : jitters.reduce((a, b) => a + b, 0) / jitters.length,
    packetsSent,
    // A loss is known 2 s after its packet was sent. Where ever less was sent meanwhile, more may be told than went out.
    packetsLost: Math.min(
      packetsSent,
      sum(hold, ({ packetsLost }) => packetsLost),
    ),
    packetsSkipped: sum(hold, ({ packetsSkipped }) => packetsSkipped),
    server: serverUse(seen),
    generator: generatorUse(seen),
    router: routerUse(seen, machine),
    farPeer: farPeerUse(seen),
    arrival: arrivalOf(seen),
    machineIdlePercent: machine?.idlePercent ?? null,
  };
}

function sum(measures: readonly GeneratorMeasure[], of: (measure: GeneratorMeasure) => number): number {
  return measures.reduce((total, measure) => total + of(measure), 0);
}

/** Null where it was not seen at both. */
function between(name: string | null, from: Moment | null, until: Moment | null): Nodes | null {
  const [before, after] = [from, until].map((moment) => (name === null ? undefined : moment?.snapshot.nodes.get(name)));
  return before && after && after.atMs > before.atMs ? [before, after] : null;
}

function serverUse({ server, from, until, memoryPeak, isServerAlive, isOutOfMemory }: StepSeen): ServerUse {
  const seen = between(server, from, until);
  const [before, after] = seen ?? [];
  const last = until?.snapshot.nodes.get(server) ?? from?.snapshot.nodes.get(server);
  const rates = seen && ratesBetween(...seen);
  const drops = (moment: Moment | null) => (moment?.nicDrops ? moment.nicDrops.up + moment.nicDrops.down : 0);
  return {
    cpuPercent: rates?.cpuPercent ?? null,
    threads: before && after ? threadShares(before.threads ?? [], after.threads ?? [], after.atMs - before.atMs) : [],
    throttledShare: seen && throttledShare(...seen),
    memoryBytes: memoryPeak > 0 ? memoryPeak : null,
    rxBitsPerSecond: rates?.rxBitsPerSecond ?? null,
    txBitsPerSecond: rates?.txBitsPerSecond ?? null,
    packetsPerSecond: rates?.rxPacketsPerSecond ?? null,
    wireDrops: Math.max(0, drops(until) - drops(from)),
    udpReceiveBufferErrors: before && after ? after.udpReceiveBufferErrors - before.udpReceiveBufferErrors : 0,
    allocations: last?.allocations ?? null,
    fileDescriptors: last?.fileDescriptors ?? null,
    isAlive: isServerAlive,
    isOutOfMemory,
  };
}

/** Null without a quota. */
function throttledShare({ throttling: before }: NodeCounters, { throttling: after }: NodeCounters): number | null {
  if (!after) return null;
  const periods = after.periods - (before?.periods ?? 0);
  return periods > 0 ? (after.throttledPeriods - (before?.throttledPeriods ?? 0)) / periods : 0;
}

function generatorUse({ hold, clients, from, until }: StepSeen): CapacityStep["generator"] {
  const durationMs = sum(hold, (measure) => measure.durationMs);
  const average = (of: (measure: GeneratorMeasure) => number) =>
    durationMs === 0 ? 0 : sum(hold, (measure) => of(measure) * measure.durationMs) / durationMs;
  const [before, after] = between(clients, from, until) ?? [];
  return {
    cpuPercent: average(({ cpuPercent }) => cpuPercent),
    busiestWorkerPercent: average(({ busiestWorkerPercent }) => busiestWorkerPercent),
    workerWaitPercent: average(({ workerWaitPercent }) => workerWaitPercent),
    receiveBufferErrors: before && after ? after.udpReceiveBufferErrors - before.udpReceiveBufferErrors : 0,
  };
}

function farPeerUse({ farPeer, from, until }: StepSeen): CapacityStep["farPeer"] {
  const seen = between(farPeer, from, until);
  if (!seen) return null;
  const [before, after] = seen;
  return {
    cpuPercent: ratesBetween(before, after).cpuPercent ?? 0,
    udpReceiveBufferErrors: after.udpReceiveBufferErrors - before.udpReceiveBufferErrors,
  };
}

/** A call of which both ends are relayed has two allocations. */
function arrivalOf({ arrivals, begun, arrived, server, relayed }: StepSeen): ArrivalStretch | null {
  const perCall = relayed === "both" ? 2 : 1;
  const connected = sum(arrivals, ({ allocated }) => allocated);
  if (connected === 0) return null;
  const durationMs = sum(arrivals, (measure) => measure.durationMs);
  const seen = between(server, begun, arrived);
  return {
    durationMs,
    allocated: connected * perCall,
    allocationsHeld: (perCall * sum(arrivals, (measure) => measure.held * measure.durationMs)) / durationMs,
    packetsSent: sum(arrivals, ({ packetsSent }) => packetsSent),
    serverCpuPercent: seen && ratesBetween(...seen).cpuPercent,
  };
}

type MachineUse = { idlePercent: number; busiestSoftirqPercent: number; backlogDrops: number };

function machineBetween({ machine: before }: Snapshot, { machine: after }: Snapshot): MachineUse | null {
  const cores = after.cores.map((core, index) => {
    const then = before.cores[index] ?? { totalMs: 0, idleMs: 0, softirqMs: 0 };
    return {
      totalMs: core.totalMs - then.totalMs,
      idleMs: core.idleMs - then.idleMs,
      softirqMs: core.softirqMs - then.softirqMs,
    };
  });
  const totalMs = cores.reduce((total, core) => total + core.totalMs, 0);
  if (totalMs <= 0) return null;
  return {
    idlePercent: (100 * cores.reduce((total, core) => total + core.idleMs, 0)) / totalMs,
    busiestSoftirqPercent: Math.max(
      ...cores.map((core) => (core.totalMs > 0 ? (100 * core.softirqMs) / core.totalMs : 0)),
    ),
    backlogDrops: after.backlogDrops - before.backlogDrops,
  };
}

/**
 * A router has no process whose CPU could be read: the kernel forwards in softirqs, on whichever core the packet came to. What is read is how
 * busy the busiest core was with softirqs, of all routers and wires together; and what was dropped there: packets that found no room in a
 * core's backlog, or in the router's connection tracking.
 */
function routerUse({ routers, from, until }: StepSeen, machine: MachineUse | null): CapacityStep["router"] {
  if (!from || !until || !machine) return null;
  const untracked = routers.map((name) => {
    const [before, after] = [from.snapshot.nodes.get(name), until.snapshot.nodes.get(name)];
    return { name, dropped: (after?.untrackedPackets ?? 0) - (before?.untrackedPackets ?? 0) };
  });
  const [busiest = { name: "core", dropped: 0 }] = untracked.toSorted((a, b) => b.dropped - a.dropped);
  return {
    name: busiest.name,
    cpuPercent: machine.busiestSoftirqPercent,
    dropped: busiest.dropped + machine.backlogDrops,
  };
}

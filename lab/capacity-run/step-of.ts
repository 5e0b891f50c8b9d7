import type { CapacityStep, MachineSize, ServerUse } from "../model/capacity.ts";
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
  calls: number;
  server: string;
  clients: string;
  farPeer: string | null;
  routers: readonly string[];
  /** While calls set out, and while all of them were held. */
  arrivals: readonly GeneratorMeasure[];
  hold: readonly GeneratorMeasure[];
  /** Of the hold. */
  from: Moment | null;
  until: Moment | null;
  memoryPeak: number;
  isServerAlive: boolean;
};

/** A load as it was measured. What was held counts from 2 s after the last call had set out: packets lost before are not among it. */
export function stepOf(seen: StepSeen): CapacityStep {
  const { purpose, size, calls, arrivals, hold, from, until } = seen;
  const sum = (list: readonly GeneratorMeasure[], of: (measure: GeneratorMeasure) => number) =>
    list.reduce((total, measure) => total + of(measure), 0);
  const all = [...arrivals, ...hold];
  const failures: Record<string, number> = {};
  for (const { failed, lostBy } of all)
    for (const [code, count] of [...Object.entries(failed), ...Object.entries(lostBy)])
      failures[code] = (failures[code] ?? 0) + count;
  const jitters = hold.flatMap(({ jitterMs }) => (jitterMs === null ? [] : [jitterMs]));
  const machine = from && until ? machineBetween(from.snapshot, until.snapshot) : null;
  return {
    purpose,
    size,
    calls,
    held: hold.at(-1)?.held ?? arrivals.at(-1)?.held ?? 0,
    durationMs: sum(hold, ({ durationMs }) => durationMs),
    started: sum(all, ({ started }) => started),
    connected: sum(all, ({ allocated }) => allocated),
    failures,
    connectTime: histogramStatistics(all.map(({ connectTime }) => connectTime)),
    roundTrip: histogramStatistics(hold.map(({ roundTrip }) => roundTrip)),
    jitterMs: jitters.length === 0 ? null : jitters.reduce((a, b) => a + b, 0) / jitters.length,
    packetsSent: sum(hold, ({ packetsSent }) => packetsSent),
    packetsLost: sum(hold, ({ packetsLost }) => packetsLost),
    packetsSkipped: sum(hold, ({ packetsSkipped }) => packetsSkipped),
    server: serverUse(seen),
    generator: generatorUse(seen),
    router: routerUse(seen, machine),
    machineIdlePercent: machine?.idlePercent ?? null,
  };
}

function serverUse({ server, from, until, memoryPeak, isServerAlive }: StepSeen): ServerUse {
  const before = from?.snapshot.nodes.get(server);
  const after = until?.snapshot.nodes.get(server) ?? before;
  const has = before !== undefined && after !== undefined && after.atMs > before.atMs;
  const rates = has ? ratesBetween(before, after) : null;
  const durationMs = has ? after.atMs - before.atMs : 0;
  const drops = (moment: Moment | null) => (moment?.nicDrops ? moment.nicDrops.up + moment.nicDrops.down : 0);
  return {
    cpuPercent: rates?.cpuPercent ?? null,
    threads: has ? threadShares(before.threads ?? [], after.threads ?? [], durationMs) : [],
    throttledShare: has ? throttledShare(before, after) : null,
    memoryBytes: memoryPeak > 0 ? memoryPeak : null,
    rxBitsPerSecond: rates?.rxBitsPerSecond ?? null,
    txBitsPerSecond: rates?.txBitsPerSecond ?? null,
    packetsPerSecond:
      rates?.rxPacketsPerSecond == null || rates.txPacketsPerSecond === null
        ? null
        : rates.rxPacketsPerSecond + rates.txPacketsPerSecond,
    wireDrops: Math.max(0, drops(until) - drops(from)),
    udpReceiveBufferErrors: has ? after.udpReceiveBufferErrors - before.udpReceiveBufferErrors : 0,
    allocations: after?.allocations ?? null,
    fileDescriptors: after?.fileDescriptors ?? null,
    isAlive: isServerAlive,
  };
}

/** Null without a quota. */
function throttledShare({ throttling: before }: NodeCounters, { throttling: after }: NodeCounters): number | null {
  if (!after) return null;
  const periods = after.periods - (before?.periods ?? 0);
  return periods > 0 ? (after.throttledPeriods - (before?.throttledPeriods ?? 0)) / periods : 0;
}

/** The far peer is the lab's as the clients are: it has one thread, and its share of a core counts as a worker's. */
function generatorUse({ hold, clients, farPeer, from, until }: StepSeen): CapacityStep["generator"] {
  const durationMs = hold.reduce((total, measure) => total + measure.durationMs, 0);
  const average = (of: (measure: GeneratorMeasure) => number) =>
    durationMs === 0 ? 0 : hold.reduce((total, measure) => total + of(measure) * measure.durationMs, 0) / durationMs;
  const between = (name: string | null) => {
    const [before, after] = [from, until].map((moment) =>
      name === null ? undefined : moment?.snapshot.nodes.get(name),
    );
    if (!before || !after) return { cpuPercent: 0, errors: 0 };
    const errors = after.udpReceiveBufferErrors - before.udpReceiveBufferErrors;
    return { cpuPercent: ratesBetween(before, after).cpuPercent ?? 0, errors };
  };
  const far = between(farPeer);
  return {
    cpuPercent: average(({ cpuPercent }) => cpuPercent) + far.cpuPercent,
    busiestWorkerPercent: Math.max(
      far.cpuPercent,
      average(({ busiestWorkerPercent }) => busiestWorkerPercent),
    ),
    receiveBufferErrors: between(clients).errors + far.errors,
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

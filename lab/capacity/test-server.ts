import type { CapacityStep, ServerRoom, ServerUse } from "../model/capacity.ts";
import type { NextStep, SearchAsk, SearchEnd } from "../model/capacity-search.ts";
import type { Statistics } from "../model/metrics.ts";
import { TRAFFIC_PROFILES } from "../model/traffic-profile.ts";
import { callLoad } from "./call-load.ts";
import { nextStep } from "./search.ts";

/** Steps and searches for the tests of this room: a server whose costs, limits and noise are known. */

export const NO_ROOM: ServerRoom = {
  relayPorts: 16_384,
  fileDescriptors: null,
  totalQuota: null,
  userQuota: null,
  bpsCapacity: null,
  maxBps: null,
  relayThreads: null,
};

export function anAsk(changes: Partial<SearchAsk> = {}): SearchAsk {
  return {
    size: { cpus: 0.25 },
    call: { over: "udp", relayed: "one", streams: TRAFFIC_PROFILES.audio },
    limits: { successRate: 0.995, connectTimeP95Ms: 2_000, packetLoss: 0.01, roundTripP95Ms: 100 },
    room: NO_ROOM,
    settings: { precision: 0.05, holdMs: 3_000, confirmMs: 6_000, maxSteps: 60, budgetMs: 600_000 },
    firstGuess: 60,
    most: { calls: 28_000, reason: "28,232 ports of the clients' address" },
    ...changes,
  };
}

export function aUse(changes: Partial<ServerUse> = {}): ServerUse {
  return {
    cpuPercent: 10,
    threads: [],
    throttledShare: 0,
    memoryBytes: 20_000_000,
    rxBitsPerSecond: 10e6,
    txBitsPerSecond: 10e6,
    packetsPerSecond: 10_000,
    wireDrops: 0,
    udpReceiveBufferErrors: 0,
    allocations: null,
    fileDescriptors: 60,
    isAlive: true,
    isOutOfMemory: false,
    ...changes,
  };
}

export function aStep(changes: Partial<CapacityStep> = {}): CapacityStep {
  const calls = changes.calls ?? 100;
  return {
    purpose: "search",
    size: { cpus: 0.25 },
    calls,
    held: calls,
    durationMs: 3_000,
    started: calls,
    connected: calls,
    failures: {},
    connectTime: times(40, calls),
    roundTrip: times(2, calls * 150),
    jitterMs: 0.2,
    packetsSent: calls * 150,
    packetsLost: 0,
    packetsSkipped: 0,
    server: aUse(),
    generator: { cpuPercent: 20, busiestWorkerPercent: 12, workerWaitPercent: 1, receiveBufferErrors: 0 },
    router: { name: "clients", cpuPercent: 10, dropped: 0 },
    farPeer: { cpuPercent: 8, udpReceiveBufferErrors: 0 },
    arrival: null,
    machineIdlePercent: 40,
    ...changes,
  };
}

export function anEnd(changes: Partial<SearchEnd> = {}): SearchEnd {
  return { reason: "found", carried: 100, notCarried: 104, below: null, above: null, noise: [], ...changes };
}

export function times(ms: number, count: number): Statistics {
  const value = count === 0 ? null : ms;
  return {
    unit: "ms",
    count,
    min: value,
    avg: value,
    med: value,
    "p(90)": value,
    "p(95)": value,
    "p(99)": value,
    max: value,
  };
}

/** CPU ms: each second, each allocation made, each hop, each megabit. */
export type FakeCosts = { base: number; setup: number; hop: number; megabit: number };
export const FAKE_COSTS: FakeCosts = { base: 5, setup: 0.5, hop: 0.009, megabit: 0.15 };

/** A server with these costs, which carries until its CPU is used up to `most`. `noise()` near 1 is what a measurement is off by. */
export function fakeStep(
  ask: SearchAsk,
  next: Exclude<NextStep, { done: SearchEnd }>,
  { costs = FAKE_COSTS, most = 0.9, noise = () => 1 }: { costs?: FakeCosts; most?: number; noise?: () => number } = {},
): CapacityStep {
  const { calls, purpose, holdMs } = next;
  const load = callLoad(ask.call);
  const cpus = ask.size.cpus ?? 1;
  const perCall = load.hopsPerSecond * costs.hop + load.megabitsPerSecond * costs.megabit;
  const wanted = costs.base + calls * perCall;
  const isCarried = wanted * noise() <= cpus * 1000 * most;
  const cpuMs = Math.min(cpus * 1000 * 0.99, wanted * (1 + (noise() - 1) / 3));
  const sent = Math.round((calls * (load.hopsPerSecond / (2 * load.allocations)) * holdMs) / 1000);
  const allocations = calls * load.allocations;
  const arrivalMs = 1_000;
  return aStep({
    purpose,
    size: ask.size,
    calls,
    durationMs: holdMs,
    packetsSent: sent,
    packetsLost: isCarried ? 0 : Math.ceil(sent * 0.04),
    roundTrip: times(isCarried ? 3 : 180, sent),
    server: aUse({
      cpuPercent: cpuMs / 10,
      threads: [{ name: "turnserver", cpuPercent: cpuMs / 10 }],
      throttledShare: isCarried ? 0.05 : 0.8,
      memoryBytes: 16e6 + allocations * 22_000,
      rxBitsPerSecond: calls * load.wireBitsPerSecond,
      txBitsPerSecond: calls * load.wireBitsPerSecond,
      allocations,
      fileDescriptors: 50 + 2 * allocations,
    }),
    arrival: {
      durationMs: arrivalMs,
      allocated: allocations,
      allocationsHeld: allocations / 2,
      packetsSent: Math.round((sent * arrivalMs) / holdMs / 2),
      serverCpuPercent: (costs.base + (calls * perCall) / 2 + allocations * costs.setup) / 10,
    },
  });
}

/** The load at which that server is full, not rounded. */
export function fakeKnee(ask: SearchAsk, costs: FakeCosts = FAKE_COSTS, most = 0.9): number {
  const load = callLoad(ask.call);
  const perCall = load.hopsPerSecond * costs.hop + load.megabitsPerSecond * costs.megabit;
  return ((ask.size.cpus ?? 1) * 1000 * most - costs.base) / perCall;
}

/** Plays a search to its end against `hold`. @throws where it does not end */
export function playSearch(
  ask: SearchAsk,
  hold: (next: Exclude<NextStep, { done: SearchEnd }>) => CapacityStep,
): { end: SearchEnd; steps: CapacityStep[] } {
  const steps: CapacityStep[] = [];
  for (let count = 0; count <= ask.settings.maxSteps; count++) {
    const next = nextStep(ask, steps);
    if ("done" in next) return { end: next.done, steps };
    steps.push(hold(next));
  }
  throw new Error(`no end after ${steps.length} steps`);
}

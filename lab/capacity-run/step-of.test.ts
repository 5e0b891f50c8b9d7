import { describe, expect, it } from "vitest";
import type { MachineCounters, NodeCounters } from "../model/node-counters.ts";
import type { GeneratorMeasure } from "../turn-load/protocol.ts";
import { type Moment, type StepSeen, stepOf } from "./step-of.ts";
import { threadShares } from "./thread-shares.ts";

const NODE: NodeCounters = {
  atMs: 0,
  cpuMicroseconds: 0,
  throttling: null,
  memoryBytes: 1,
  rxBytes: 0,
  txBytes: 0,
  rxPackets: 0,
  txPackets: 0,
  udpReceiveBufferErrors: 0,
  untrackedPackets: 0,
  allocations: null,
};
const MACHINE: MachineCounters = {
  atMs: 0,
  cores: [
    { totalMs: 0, idleMs: 0, softirqMs: 0 },
    { totalMs: 0, idleMs: 0, softirqMs: 0 },
  ],
  backlogDrops: 0,
};

const moment = (nodes: Record<string, Partial<NodeCounters>>, machine: Partial<MachineCounters> = {}): Moment => ({
  snapshot: {
    nodes: new Map(Object.entries(nodes).map(([name, node]) => [name, { ...NODE, ...node }])),
    machine: { ...MACHINE, ...machine },
  },
  nicDrops: null,
});

const measure = (changes: Partial<GeneratorMeasure>): GeneratorMeasure =>
  ({
    durationMs: 500,
    started: 0,
    allocated: 0,
    failed: {},
    lost: 0,
    lostBy: {},
    held: 10,
    packetsSent: 0,
    packetsLost: 0,
    packetsSkipped: 0,
    connectTime: null,
    roundTrip: null,
    jitterMs: null,
    cpuPercent: 40,
    busiestWorkerPercent: 30,
    workerWaitPercent: 5,
    ...changes,
  }) as GeneratorMeasure;

const SEEN: StepSeen = {
  purpose: "ramp",
  size: { cpus: 0.5 },
  relayed: "both",
  calls: 12,
  server: "turn",
  clients: "clients",
  farPeer: null,
  routers: ["core", "home"],
  arrivals: [
    measure({ started: 12, allocated: 10, failed: { turn_486: 2 }, packetsSent: 50, packetsLost: 9, held: 5 }),
  ],
  settling: [measure({ packetsSent: 100, packetsLost: 7 })],
  hold: [
    measure({ packetsSent: 200, packetsLost: 1 }),
    measure({ packetsSent: 200, lost: 1, lostBy: { turn_437: 1 }, held: 9 }),
  ],
  begun: moment({ turn: { atMs: 0 } }),
  arrived: moment({ turn: { atMs: 500, cpuMicroseconds: 100_000 } }),
  from: moment({
    turn: {
      atMs: 2_000,
      cpuMicroseconds: 200_000,
      throttling: { periods: 100, throttledPeriods: 5, throttledMicroseconds: 0 },
    },
    home: { atMs: 2_000, untrackedPackets: 1 },
    clients: { atMs: 2_000 },
  }),
  until: moment(
    {
      turn: {
        atMs: 3_000,
        cpuMicroseconds: 650_000,
        rxPackets: 4_000,
        throttling: { periods: 200, throttledPeriods: 45, throttledMicroseconds: 0 },
        allocations: 18,
      },
      home: { atMs: 3_000, untrackedPackets: 4 },
      clients: { atMs: 3_000, udpReceiveBufferErrors: 3 },
    },
    {
      cores: [
        { totalMs: 1_000, idleMs: 100, softirqMs: 300 },
        { totalMs: 1_000, idleMs: 500, softirqMs: 20 },
      ],
      backlogDrops: 2,
    },
  ),
  memoryPeak: 7_000_000,
  isServerAlive: true,
  isOutOfMemory: false,
};

describe("stepOf", () => {
  it("has no more lost than was sent: losses of before are told late, and ever less may be sent", () => {
    const step = stepOf({ ...SEEN, hold: [measure({ packetsSent: 40, packetsLost: 90 })] });
    expect(step).toMatchObject({ packetsSent: 40, packetsLost: 40 });
  });

  const step = stepOf(SEEN);

  it("counts packets of the hold alone, and calls and failures of all of it", () => {
    expect(step).toMatchObject({
      packetsSent: 400,
      packetsLost: 1,
      started: 12,
      connected: 10,
      held: 9,
      durationMs: 1_000,
    });
    expect(step.failures).toEqual({ turn_486: 2, turn_437: 1 });
  });

  it("has what the server did between the two ends of the hold", () => {
    expect(step.server).toMatchObject({
      packetsPerSecond: 4_000,
      allocations: 18,
      throttledShare: 0.4,
      memoryBytes: 7_000_000,
    });
    expect(step.server.cpuPercent).toBeCloseTo(45);
  });

  it("tells arrivals apart: two allocations for each call", () => {
    expect(step.arrival).toMatchObject({ allocated: 20, allocationsHeld: 10, packetsSent: 50, durationMs: 500 });
    expect(step.arrival?.serverCpuPercent).toBeCloseTo(20);
  });

  it("says what the lab itself lost, and how busy the busiest core was with packets", () => {
    expect(step.generator).toEqual({
      cpuPercent: 40,
      busiestWorkerPercent: 30,
      workerWaitPercent: 5,
      receiveBufferErrors: 3,
    });
    expect(step.router).toEqual({ name: "home", cpuPercent: 30, dropped: 5 });
    expect(step.machineIdlePercent).toBe(30);
  });

  it("invents nothing of a server that nobody saw", () => {
    const { server, router, arrival } = stepOf({
      ...SEEN,
      arrivals: [],
      from: null,
      until: null,
      isServerAlive: false,
    });
    expect(server).toMatchObject({
      cpuPercent: null,
      throttledShare: null,
      threads: [],
      allocations: null,
      isAlive: false,
    });
    expect([router, arrival]).toEqual([null, null]);
  });
});

describe("threadShares", () => {
  it("tells threads of one name apart by when they began, busiest first", () => {
    const before = [
      { id: 10, name: "turnserver", cpuMicroseconds: 0 },
      { id: 11, name: "turnserver", cpuMicroseconds: 5_000 },
    ];
    const after = [
      { id: 12, name: "turnserver", cpuMicroseconds: 1_000 },
      { id: 10, name: "turnserver", cpuMicroseconds: 0 },
      { id: 11, name: "turnserver", cpuMicroseconds: 55_000 },
    ];
    expect(threadShares(before, after, 100)).toEqual([
      { name: "turnserver-2", cpuPercent: 50 },
      { name: "turnserver-3", cpuPercent: 1 },
      { name: "turnserver-1", cpuPercent: 0 },
    ]);
  });
});

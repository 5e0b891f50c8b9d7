import { describe, expect, it } from "vitest";
import type { CapacityStep, Constraint } from "../model/capacity.ts";
import type { SearchAsk } from "../model/capacity-search.ts";
import { judgeStep } from "./carries.ts";
import { nameConstraint } from "./constraint.ts";
import { anAsk, anEnd, aStep, aUse, NO_ROOM, times } from "./test-server.ts";

/** A load of 104 calls that was not carried, of a server that has 2 cores and is not busy, but for `changes`. */
function aFailure(changes: Partial<CapacityStep> & { use?: Partial<CapacityStep["server"]> } = {}): CapacityStep {
  const { use, ...step } = changes;
  return aStep({ calls: 104, packetsLost: 2_000, roundTrip: times(20, 100), server: aUse({ ...use }), ...step });
}

const BIG = { cpus: 2, memoryBytes: 1e9, nicBitsPerSecond: 1e9, fileDescriptors: 65_536 };
const refused = (code: string, count = 10) => ({
  failures: { [code]: count },
  held: 104 - count,
  connected: 104 - count,
});

/** What a busy machine, or a server at its end, does to packets. */
const LATE = { roundTrip: times(300, 100) };

/** What speaks for each constraint, as it was seen. */
const CASES: { of: Constraint; ask?: Partial<SearchAsk>; step: CapacityStep; says: RegExp }[] = [
  {
    of: "server-cpu",
    ask: { size: { cpus: 0.25 } },
    step: aFailure({ use: { cpuPercent: 24.6, throttledShare: 0.91, udpReceiveBufferErrors: 1_800 } }),
    says: /98 % of its 0\.25 cores, throttled in 91 % of periods/,
  },
  {
    of: "server-cpu",
    ask: { size: { cpus: 0.5 } },
    step: aFailure({ use: { cpuPercent: 35, throttledShare: 0.7 } }),
    says: /70 % of its 0\.5 cores, throttled in 70 %/,
  },
  {
    of: "server-thread",
    step: aFailure({
      use: {
        cpuPercent: 104,
        threads: [
          { name: "relay 1", cpuPercent: 98 },
          { name: "relay 2", cpuPercent: 6 },
        ],
        udpReceiveBufferErrors: 1_500,
      },
    }),
    says: /the thread relay 1 used 98 % of a core, and the server as a whole 52 %/,
  },
  {
    of: "memory",
    step: aFailure({ use: { isAlive: false, isOutOfMemory: true, memoryBytes: 990e6 } }),
    says: /the kernel ended the server for its memory under 104 calls/,
  },
  { of: "memory", step: aFailure({ use: { memoryBytes: 980e6 } }), says: /98 % of its 954 MiB/ },
  {
    of: "nic",
    ask: { size: { ...BIG, nicBitsPerSecond: 10e6 } },
    step: aFailure({ use: { rxBitsPerSecond: 9.5e6, txBitsPerSecond: 9.8e6, wireDrops: 1_900 } }),
    says: /9\.8 Mbit\/s of 10 Mbit\/s .* 1900 packets were dropped/,
  },
  {
    of: "port-range",
    ask: { room: { ...NO_ROOM, relayPorts: 94 } },
    step: aFailure({ ...refused("turn_508"), packetsLost: 0, use: { allocations: 94 } }),
    says: /508 10 times while 94 allocations stood, with 94 relay ports/,
  },
  {
    of: "file-descriptors",
    ask: { size: { ...BIG, fileDescriptors: 256 } },
    step: aFailure({ ...refused("turn_508"), packetsLost: 0, use: { allocations: 94, fileDescriptors: 254 } }),
    says: /254 of 256 file descriptors/,
  },
  {
    of: "file-descriptors",
    ask: { size: { ...BIG, fileDescriptors: 256 }, call: { over: "tcp", relayed: "one", streams: [] } },
    step: aFailure({ ...refused("turn_timeout"), packetsLost: 0, use: { fileDescriptors: 256 } }),
    says: /256 of its 256 file descriptors open/,
  },
  {
    of: "user-quota",
    ask: { room: { ...NO_ROOM, userQuota: 94, totalQuota: 200 } },
    step: aFailure({ ...refused("turn_486"), packetsLost: 0, use: { allocations: 94 } }),
    says: /486 10 times while 94 allocations stood, with user-quota=94/,
  },
  {
    of: "total-quota",
    ask: { room: { ...NO_ROOM, userQuota: 200, totalQuota: 94 } },
    step: aFailure({ ...refused("turn_486"), packetsLost: 0, use: { allocations: 94 } }),
    says: /with total-quota=94/,
  },
  {
    of: "bps-capacity",
    ask: { room: { ...NO_ROOM, userQuota: 400, bpsCapacity: 940_000, maxBps: 10_000 } },
    step: aFailure({ ...refused("turn_486"), packetsLost: 0, use: { allocations: 94 } }),
    says: /bps-capacity=940000, of which each allocation reserves max-bps=10000: 94 of them/,
  },
  {
    of: "udp-receive-buffer",
    step: aFailure({ use: { cpuPercent: 80, udpReceiveBufferErrors: 1_950 } }),
    says: /1950 packets found no room .* of 2000 lost/,
  },
  {
    of: "router",
    step: aFailure({ router: { name: "home", cpuPercent: 96, dropped: 1_990 } }),
    says: /the router home dropped 1990 packets, of 2000 lost.*the server may carry more/,
  },
  { of: "server-died", step: aFailure({ use: { isAlive: false } }), says: /died under 104 calls/ },
];

describe("what bound", () => {
  it.each(CASES)("is $of: $says", ({ of, ask: changes, step, says }) => {
    const ask = anAsk({ size: BIG, ...changes });
    expect(judgeStep(step, ask).verdict).toBe("not_carried");
    const [first] = nameConstraint(ask, [aStep({ calls: 100 }), step], anEnd());
    expect(first).toMatchObject({ constraint: of });
    expect(first?.evidence).toMatch(says);
  });

  it("is nothing where nothing was at its limit: no name is better than a wrong one", () => {
    const ask = anAsk({ size: BIG });
    expect(nameConstraint(ask, [aStep(), aFailure()], anEnd())).toEqual([]);
    expect(nameConstraint(ask, [], anEnd({ notCarried: null }))).toEqual([]);
  });

  it("is the cause and not what comes of it: a full CPU reads no sockets", () => {
    const ask = anAsk();
    const use = { cpuPercent: 24.8, throttledShare: 0.95, udpReceiveBufferErrors: 2_000 };
    const findings = nameConstraint(ask, [aFailure({ use })], anEnd());
    expect(findings.map(({ constraint }) => constraint)).toEqual(["server-cpu", "udp-receive-buffer"]);
  });

  it("is taken from the load just above the knee, and not from one far beyond it", () => {
    const ask = anAsk({ size: BIG, room: { ...NO_ROOM, totalQuota: 94 } });
    const far = aFailure({ calls: 4_000, held: 4_000, use: { cpuPercent: 199 } });
    const near = aFailure({ ...refused("turn_486"), packetsLost: 0, use: { allocations: 94 } });
    expect(nameConstraint(ask, [far, near], anEnd())[0]?.constraint).toBe("total-quota");
  });

  it("is one quota, and not another that was far away", () => {
    const step = aFailure({ ...refused("turn_486"), packetsLost: 0, use: { allocations: 94 } });
    const of = (room: Partial<SearchAsk["room"]>) =>
      nameConstraint(anAsk({ size: BIG, room: { ...NO_ROOM, ...room } }), [step], anEnd()).map((one) => one.constraint);
    expect(of({ userQuota: 94, totalQuota: 200 })).toEqual(["user-quota"]);
    expect(of({ userQuota: 95, totalQuota: 94 })).toEqual(["total-quota", "user-quota"]);
    expect(of({})).toEqual(["total-quota"]);
  });

  it("is told by the machine's cores where the size names none", () => {
    const ask = anAsk({ size: {} });
    const step = aFailure({ use: { cpuPercent: 196, throttledShare: null } });
    expect(nameConstraint(ask, [step], anEnd(), 2)[0]?.constraint).toBe("server-cpu");
    expect(nameConstraint(ask, [step], anEnd())).toEqual([]);
  });
});

describe("the generator", () => {
  it.each([
    ["skipped packets", aStep({ packetsSkipped: 400 }), /did not send 2\.6 % of its packets in time/],
    [
      "a full worker",
      aStep({
        ...LATE,
        generator: { cpuPercent: 180, busiestWorkerPercent: 97, workerWaitPercent: 0, receiveBufferErrors: 0 },
      }),
      /97 % of a core/,
    ],
    [
      "a worker that others took the core from",
      aStep({
        ...LATE,
        generator: { cpuPercent: 60, busiestWorkerPercent: 55, workerWaitPercent: 41, receiveBufferErrors: 0 },
      }),
      /taken by others: a worker of the generator was at 55 % of a core, and waited for one 41 % of the time/,
    ],
    ["no idle CPU", aStep({ ...LATE, machineIdlePercent: 1 }), /the machine had 1\.0 % of its CPU left/],
    [
      "a full far peer",
      aStep({ ...LATE, farPeer: { cpuPercent: 99, udpReceiveBufferErrors: 0 } }),
      /far peer was at 99 %/,
    ],
    [
      "its own receive buffers",
      aStep({
        packetsLost: 900,
        generator: { cpuPercent: 50, busiestWorkerPercent: 50, workerWaitPercent: 0, receiveBufferErrors: 880 },
      }),
      /no room for 880 of 900 lost packets/,
    ],
    ["silence", aStep({ packetsSent: 0 }), /sent no packet/],
  ] as const)("is no verdict about the server: %s", (_, step, says) => {
    const ask = anAsk();
    const { verdict, reasons } = judgeStep(step, ask);
    expect(verdict).toBe("no_verdict");
    expect(reasons[0]).toMatch(says);
    const [only, ...more] = nameConstraint(ask, [step], anEnd({ reason: "generator", carried: 60, notCarried: null }));
    expect(only).toMatchObject({ constraint: "generator" });
    expect(only?.evidence).toMatch(says);
    expect(more).toEqual([]);
  });

  it("does not take back what was carried, however busy the lab was", () => {
    const busy = {
      machineIdlePercent: 0,
      generator: { cpuPercent: 190, busiestWorkerPercent: 99, workerWaitPercent: 0, receiveBufferErrors: 0 },
    };
    expect(judgeStep(aStep(busy), anAsk())).toEqual({ verdict: "carried", reasons: [] });
  });

  it("is not to blame where the server's own quota held it back on a busy machine", () => {
    const step = aStep({ ...LATE, machineIdlePercent: 0, server: aUse({ cpuPercent: 24, throttledShare: 0.9 }) });
    expect(judgeStep(step, anAsk()).verdict).toBe("not_carried");
    // Less load than was asked for, and too much for it.
    expect(judgeStep({ ...step, packetsSkipped: 900 }, anAsk()).verdict).toBe("not_carried");
    expect(judgeStep({ ...step, packetsSkipped: 900, roundTrip: times(3, 100) }, anAsk()).verdict).toBe("no_verdict");
  });

  it("says what else the machine was busy with", () => {
    const step = aStep({ ...LATE, machineIdlePercent: 0 });
    const [only] = nameConstraint(anAsk(), [step], anEnd({ reason: "generator", carried: 60, notCarried: null }), 2);
    expect(only?.evidence).toContain("used 19 % of the machine, the kernel's forwarding and other programs 81 %");
  });

  it("is what bound where all that the lab can make was carried", () => {
    const [only] = nameConstraint(anAsk(), [aStep()], anEnd({ reason: "never_failed", notCarried: null }));
    expect(only?.evidence).toContain("28000 calls were carried, and the lab can make no more: 28,232 ports");
  });

  it("is not blamed for a server that refuses, is gone, or over TCP does not read", () => {
    const busy = { machineIdlePercent: 1 };
    expect(judgeStep(aStep({ ...busy, ...refused("turn_486") }), anAsk()).verdict).toBe("not_carried");
    expect(judgeStep(aStep({ ...busy, server: aUse({ isAlive: false }) }), anAsk()).verdict).toBe("not_carried");
    const tcp = anAsk({ call: { ...anAsk().call, over: "tcp" } });
    const slow = aStep({ packetsSkipped: 4_000 });
    expect(judgeStep(slow, tcp)).toMatchObject({
      verdict: "not_carried",
      reasons: [expect.stringContaining("slow to read")],
    });
    const tired = {
      ...slow,
      generator: { cpuPercent: 99, busiestWorkerPercent: 96, workerWaitPercent: 0, receiveBufferErrors: 0 },
    };
    expect(judgeStep(tired, tcp).verdict).toBe("no_verdict");
  });
});

describe("a step", () => {
  it.each([
    ["success", { held: 99, connected: 99 }, /success 99 %, below 99\.5 %: 1 of 100 calls failed/],
    ["success, by code", { connected: 90, failures: { turn_timeout: 10 } }, /\(10 × turn_timeout\)/],
    ["connect time", { connectTime: times(2_000.4, 100) }, /connect time p\(95\) 2001 ms, above 2000 ms/],
    ["loss", { packetsLost: 151 }, /packet loss 1\.01 %, above 1 %/],
    ["delay", { roundTrip: times(100.5, 100) }, /round trip p\(95\) 101 ms, above 100 ms/],
  ])("is not carried for its %s", (_, changes, says) => {
    const { verdict, reasons } = judgeStep(aStep(changes), anAsk());
    expect(verdict).toBe("not_carried");
    expect(reasons.join()).toMatch(says);
  });

  it("is carried at its limits", () => {
    const step = aStep({
      packetsLost: 150,
      roundTrip: times(100, 9),
      connectTime: times(2_000, 9),
      packetsSkipped: 100,
    });
    expect(judgeStep(step, anAsk())).toEqual({ verdict: "carried", reasons: [] });
  });

  it("of calls without traffic is judged by the calls", () => {
    const ask = anAsk({ call: { over: "udp", relayed: "one", streams: [] } });
    expect(judgeStep(aStep({ packetsSent: 0, roundTrip: times(0, 0) }), ask).verdict).toBe("carried");
  });
});

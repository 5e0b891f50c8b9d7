import { describe, expect, it } from "vitest";
import type { CapacityCall, MachineSize } from "../model/capacity.ts";
import type { CapacitySearch } from "../model/capacity-report.ts";
import type { SearchAsk } from "../model/capacity-search.ts";
import { TRAFFIC_PROFILES } from "../model/traffic-profile.ts";
import { roughlyNormal, seededRandom } from "../statistics/test-random.ts";
import { callLoad } from "./call-load.ts";
import { fitModel } from "./model.ts";
import { predict } from "./predict.ts";
import { rescale } from "./rescale.ts";
import { anAsk, FAKE_COSTS, fakeKnee, fakeStep, NO_ROOM, playSearch, times } from "./test-server.ts";

const AUDIO = { over: "udp", relayed: "one", streams: TRAFFIC_PROFILES.audio } as const;
const VIDEO = { over: "udp", relayed: "one", streams: TRAFFIC_PROFILES.video } as const;

function aSearch(changes: Partial<SearchAsk> = {}, noise: () => number = () => 1): CapacitySearch {
  const ask = anAsk(changes);
  const { end, steps } = playSearch(ask, (next) => fakeStep(ask, next, { noise }));
  return { name: `${ask.size.cpus}`, ask, steps, end };
}

/** @throws where there is none */
function modelOf(...searches: CapacitySearch[]) {
  const model = fitModel(searches);
  if (!model) throw new Error("no model");
  return model;
}

describe("a model", () => {
  it("has the costs of the server where packets of two sizes tell them apart", () => {
    const model = modelOf(aSearch({ call: AUDIO }), aSearch({ call: VIDEO }));
    const [udp] = model.transports;
    expect(udp?.costs.hop?.cpuMs).toBeCloseTo(FAKE_COSTS.hop, 3);
    expect(udp?.costs.megabit?.cpuMs).toBeCloseTo(FAKE_COSTS.megabit, 1);
    expect(udp?.costs.setup?.cpuMs).toBeCloseTo(FAKE_COSTS.setup, 1);
    expect(udp?.r2).toBeGreaterThan(0.99);
    expect(udp?.range.packetBytes).toEqual([102, 960]);
  });

  it("says that packets and bits go together at one packet size, and what else it cannot tell", () => {
    const [udp] = modelOf(aSearch()).transports;
    expect(udp?.costs.megabit).toBeUndefined();
    expect(udp?.notTold).toContain("a megabit: it always came together with a packet, which has its cost");
    expect(udp?.notTold.some((text) => text.startsWith("an allocation held"))).toBe(true);
    const perHop = FAKE_COSTS.hop + (FAKE_COSTS.megabit * 102 * 8) / 1e6;
    expect((udp?.costs.hop?.cpuMs ?? 0) / perHop).toBeCloseTo(1, 1);
  });

  it("is not fitted to steps in which the server had no CPU left, or says that there were hardly others", () => {
    const search = aSearch({ firstGuess: 6 });
    // It has its quota and no more, whatever is asked of it.
    const full = (calls: number) => {
      const step = fakeStep(search.ask, { calls, purpose: "search", holdMs: 3_000 });
      return {
        ...step,
        packetsLost: 0,
        arrival: null,
        server: { ...step.server, cpuPercent: 25, throttledShare: 0.9 },
      };
    };
    const [udp] = modelOf({ ...search, steps: [...search.steps, ...[300, 500, 900].map(full)] }).transports;
    expect(udp?.r2).toBeGreaterThan(0.99);
    expect(udp?.notTold.join()).not.toContain("CPU to spare");
    const [mostly] = modelOf({
      ...search,
      steps: [...search.steps.slice(0, 1), ...[300, 500, 900].map(full)],
    }).transports;
    expect(mostly?.notTold.at(-1)).toBe(
      "what a packet costs a server that has CPU to spare: in most of what was measured it had none",
    );
  });

  it("leaves out what stood in the buffers of connections: over TCP it was sent, and not served", () => {
    const search = aSearch({ call: { ...AUDIO, over: "tcp" } });
    const step = fakeStep(search.ask, { calls: 900, purpose: "search", holdMs: 3_000 });
    const late = { ...step, packetsLost: 0, arrival: null, roundTrip: times(800, 100) };
    expect(modelOf({ ...search, steps: [...search.steps, late] }).transports[0]?.samples).toBe(
      modelOf(search).transports[0]?.samples,
    );
  });

  it("takes from the wire what passes it: with both ends relayed no more than with one", () => {
    const bits = (call: CapacityCall) => callLoad(call).wireBitsPerSecond;
    // 50 packets of 102 bytes there and back: ChannelData, UDP, IP and Ethernet at both clients; at a peer no ChannelData.
    expect(bits({ ...AUDIO, relayed: "both" })).toBe(2 * 50 * 8 * (102 + 46));
    expect(bits(AUDIO)).toBe(50 * 8 * (102 + 46 + 102 + 42));
  });

  it("has memory and file descriptors per allocation, and what a process without any has", () => {
    const { memory, fileDescriptors } = modelOf(aSearch());
    expect(memory?.perAllocation).toBeCloseTo(22_000, -2);
    expect(memory?.base).toBeCloseTo(16e6, -5);
    expect(fileDescriptors).toMatchObject({ base: expect.closeTo(50, 0), perAllocation: expect.closeTo(2, 2) });
  });

  it("is none out of nothing, of one load, or of a server whose CPU was not seen", () => {
    expect(fitModel([])).toBeNull();
    expect(fitModel([{ ...aSearch(), steps: [] }])).toBeNull();
    const { steps, ...search } = aSearch();
    const blind = steps.map((step) => ({ ...step, arrival: null, server: { ...step.server, cpuPercent: null } }));
    expect(fitModel([{ ...search, steps: blind }])).toBeNull();
    const one = steps.slice(0, 1).map((step) => ({ ...step, arrival: null }));
    expect(fitModel([{ ...search, steps: one }])).toBeNull();
  });

  it("knows the share of its CPU that a server uses at its knee, or says that it is assumed", () => {
    const { utilization } = modelOf(aSearch());
    expect(utilization).toMatchObject({ basis: "measured", share: expect.closeTo(0.88, 1) });
    const bound = aSearch({ room: { ...NO_ROOM, totalQuota: 20 } });
    const refused = bound.steps.map((step) => ({
      ...step,
      server: { ...step.server, cpuPercent: 5, throttledShare: 0 },
    }));
    expect(modelOf({ ...bound, steps: refused }).utilization).toMatchObject({ basis: "extrapolated", share: 0.85 });
  });
});

describe("a prediction", () => {
  it.each([0.25, 0.5, 1])("for twice %f cores is within 20 % of what is measured there, with noise", (cpus) => {
    for (let seed = 0; seed < 20; seed++) {
      const random = seededRandom(seed);
      const model = modelOf(aSearch({ size: { cpus } }, () => 1 + 0.02 * roughlyNormal(random)));
      const twice = aSearch({ size: { cpus: 2 * cpus } });
      const { calls, constraint, basis, interval } = predict(model, { cpus: 2 * cpus }, AUDIO, null);
      const measured = twice.end?.carried ?? 0;
      expect(Math.abs((calls ?? 0) / measured - 1)).toBeLessThan(0.2);
      expect(constraint).toBe("server-cpu");
      expect(basis).toBe("predicted");
      expect(interval?.[0]).toBeLessThan(calls ?? 0);
      expect(interval?.[1]).toBeGreaterThan(calls ?? 0);
    }
  });

  it("names what binds first, and all else in its order", () => {
    const model = modelOf(aSearch());
    const bindsAt = (size: MachineSize, room = NO_ROOM) => predict(model, size, AUDIO, room);
    expect(bindsAt({ cpus: 1, nicBitsPerSecond: 1e6 }).constraint).toBe("nic");
    expect(bindsAt({ cpus: 1, memoryBytes: 18e6 }).constraint).toBe("memory");
    expect(bindsAt({ cpus: 1, fileDescriptors: 128 }).constraint).toBe("file-descriptors");
    expect(bindsAt({ cpus: 1 }, { ...NO_ROOM, relayPorts: 10 })).toMatchObject({ constraint: "port-range", calls: 10 });
    expect(bindsAt({ cpus: 1 }, { ...NO_ROOM, totalQuota: 8 })).toMatchObject({ constraint: "total-quota", calls: 8 });
    expect(bindsAt({ cpus: 1 }, { ...NO_ROOM, bpsCapacity: 900, maxBps: 100 }).constraint).toBe("bps-capacity");
    expect(bindsAt({ cpus: 1 }, { ...NO_ROOM, bpsCapacity: 900 }).constraint).toBe("server-cpu");
    // coturn has a relay thread for each core, unless it is told otherwise.
    expect(bindsAt({ cpus: 4 }).constraint).toBe("server-cpu");
    expect(bindsAt({ cpus: 4 }, { ...NO_ROOM, relayThreads: 1 }).constraint).toBe("server-thread");
    const { bounds } = bindsAt({ cpus: 1, nicBitsPerSecond: 1e9, memoryBytes: 2 ** 30 });
    expect(bounds.map(({ calls }) => calls)).toEqual(bounds.map(({ calls }) => calls).sort((a, b) => a - b));
  });

  it("says what it extrapolates", () => {
    const model = modelOf(aSearch());
    const far = predict(model, { cpus: 8 }, AUDIO, null);
    expect(far.basis).toBe("extrapolated");
    expect(far.assumptions.join()).toContain("CPU is taken to add up");
    const other = predict(model, { cpus: 0.25 }, VIDEO, null);
    expect(other.basis).toBe("extrapolated");
    expect(other.assumptions.join()).toContain("what a bit costs could not be told");
    const tls = predict(model, { cpus: 0.25 }, { ...AUDIO, over: "tls" }, NO_ROOM);
    expect(tls).toMatchObject({ constraint: "port-range", assumptions: [expect.stringContaining("over TLS")] });
    expect(predict(model, {}, AUDIO, null)).toMatchObject({ calls: null, constraint: null, interval: null });
  });

  it("is never below zero", () => {
    const model = modelOf(aSearch());
    const { bounds } = predict(model, { cpus: 0.001, memoryBytes: 1, fileDescriptors: 1 }, AUDIO, NO_ROOM);
    expect(bounds.every(({ calls }) => calls >= 0)).toBe(true);
  });
});

describe("a model of another machine", () => {
  const there = {
    machine: "e2-micro",
    measuredAt: "2026-11-28",
    over: "udp",
    packetBytes: 102,
    interval: null,
  } as const;

  it("costs so many times as much CPU, and the same memory", () => {
    const model = modelOf(aSearch());
    const hop = model.transports[0]?.costs.hop?.cpuMs ?? 0;
    const twice = rescale(model, { ...there, cpuMsPerHop: 2 * hop });
    expect(twice?.rescaled).toMatchObject({ machine: "e2-micro", factor: expect.closeTo(2) });
    expect(twice?.transports[0]?.costs.setup?.cpuMs).toBeCloseTo(2 * (model.transports[0]?.costs.setup?.cpuMs ?? 0));
    expect(twice?.memory).toEqual(model.memory);
    if (!twice) return;
    const knee = predict(twice, { cpus: 0.25 }, AUDIO, null).calls ?? 0;
    expect(knee / fakeKnee(anAsk())).toBeCloseTo(0.5, 1);
  });

  it("is the ratio of one calibration on both, where there is one of this machine too", () => {
    const here = { ...there, machine: "this", cpuMsPerHop: 0.01 };
    expect(rescale(modelOf(aSearch()), { ...there, cpuMsPerHop: 0.03 }, here)?.rescaled?.factor).toBeCloseTo(3);
  });

  it("is none where nothing says what a packet costs here", () => {
    expect(rescale(modelOf(aSearch()), { ...there, over: "tls", cpuMsPerHop: 0.03 })).toBeNull();
    expect(rescale(modelOf(aSearch()), { ...there, cpuMsPerHop: 0 })).toBeNull();
  });
});

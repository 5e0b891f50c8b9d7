import { describe, expect, it } from "vitest";
import type { AllocationScenario } from "../model/allocation-load.ts";
import type { MachineRoom } from "../model/machine-room.ts";
import { machineRoomFaults } from "./allocation-room-faults.ts";
import { checkScenario } from "./check-scenario.ts";

const good = {
  description: "Raw TURN clients.",
  topology: { routers: { home: { nat: "home" } }, turnServers: { turn: {} } },
  clients: { behind: "home" },
  farPeer: { behind: "internet" },
  allocation: { server: "turn", over: "udp", relayTo: "peer", traffic: "audio", holdMs: 5_000 },
  load: { executor: "per-vu-iterations", vus: 50, iterations: 1 },
} as const satisfies AllocationScenario;

function faultsOf(value: unknown) {
  const checked = checkScenario(value, "raw");
  return "faults" in checked ? checked.faults : [];
}

const held = { ...good.allocation, relayTo: "none" } as const;
const { traffic: _, ...silent } = held;
const { farPeer: __, ...withoutPeer } = good;

describe("a load of raw TURN clients", () => {
  it("is taken as it is where it fits together", () => {
    expect(faultsOf(good)).toEqual([]);
    expect(faultsOf({ ...withoutPeer, allocation: silent })).toEqual([]);
    const streams = [{ packetBytes: 200, packetsPerSecond: 20 }];
    expect(faultsOf({ ...withoutPeer, allocation: { ...held, relayTo: "allocation", traffic: streams } })).toEqual([]);
  });

  it.each([
    ["a server that is none", { allocation: { ...good.allocation, server: "trun" } }, "allocation.server", "turn"],
    ["a router that is none", { clients: { behind: "hom" } }, "clients.behind", "home"],
    ["a profile that is none", { allocation: { ...good.allocation, traffic: "audoi" } }, "allocation.traffic", "audio"],
    ["a key of no meaning", { allocation: { ...good.allocation, holdms: 5 } }, "allocation.holdms", "holdMs"],
    ["a metric of sessions", { thresholds: { session_success: ["rate>0.9"] } }, "thresholds.session_success", null],
    ["a metric that is none", { thresholds: { jiter: ["max<9"] } }, "thresholds.jiter", "jitter"],
    ["a tag of sessions", { thresholds: { "jitter{path:local}": ["max<9"] } }, "thresholds.jitter{path:local}", null],
    ["APIs that nobody asks", { topology: { ...good.topology, iceServerApis: {} } }, "topology.iceServerApis", null],
    [
      "a name that the lab needs",
      { topology: { ...good.topology, routers: { ...good.topology.routers, clients: { nat: "home" } } } },
      "clients",
      null,
    ],
  ])("is told: %s", (_what, change, place, meant) => {
    const faults = faultsOf({ ...good, ...change });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ place, ...(meant === null ? {} : { hint: `Did you mean "${meant}"?` }) });
  });

  it("is told where it contradicts itself, all of it at once", () => {
    const places = faultsOf({ ...good, allocation: { ...held, by: "send" } }).map(({ place }) => place);
    expect(places).toEqual(["farPeer", "allocation.traffic", "allocation.by"]);
    expect(faultsOf(withoutPeer).map(({ place }) => place)).toEqual(["farPeer"]);
    const hidden = faultsOf({ ...good, farPeer: { behind: "home" } });
    expect(hidden).toEqual([
      expect.objectContaining({ place: "farPeer.behind", expected: expect.stringContaining('"internet"') }),
    ]);
    const noUdp = { ...good.topology, turnServers: { turn: { options: { "no-udp": true } } } };
    expect(faultsOf({ ...good, topology: noUdp })).toEqual([
      expect.objectContaining({ place: "allocation.over", found: '"udp"' }),
    ]);
    const noIpv4 = { ...good.topology, routers: { home: { nat: "home", ip: "ipv6" } } };
    expect(faultsOf({ ...good, topology: noIpv4 })).toEqual([expect.objectContaining({ place: "clients.behind" })]);
  });

  it("is told where no iteration could end as planned", () => {
    const load = { executor: "constant-vus", vus: 5, duration: "10s", gracefulStop: "5s" };
    const of = (holdMs: number) => faultsOf({ ...good, load, allocation: { ...good.allocation, holdMs } });
    expect(of(15_000)).toEqual([]);
    expect(of(15_001)).toEqual([expect.objectContaining({ place: "allocation.holdMs", found: "15001" })]);
    const counted = { executor: "shared-iterations", vus: 10, iterations: 30, maxDuration: "10s", gracefulStop: "0s" };
    expect(faultsOf({ ...good, load: counted })[0]).toMatchObject({
      expected: expect.stringMatching(/^at most 3333: /),
    });
  });
});

describe("more than the server has room for", () => {
  const inTopology = (turn: object, change: object = {}) =>
    faultsOf({ ...good, topology: { turnServers: { turn } }, clients: { behind: "internet" }, ...change });

  it("is told by the relay ports, two for each client whose peer is an allocation", () => {
    const ports = (count: number) => ({ options: { "min-port": 50_000, "max-port": 50_000 + count - 1 } });
    expect(inTopology(ports(50))).toEqual([]);
    expect(inTopology(ports(49))).toEqual([
      {
        place: "load",
        expected: "at most 49 allocations at once: turn has the relay ports 50000 to 50048",
        found: "50",
        hint: expect.stringContaining("max-port"),
      },
    ]);
    const both = { ...withoutPeer, clients: { behind: "internet" }, allocation: { ...held, relayTo: "allocation" } };
    const of = (count: number) => faultsOf({ ...both, topology: { turnServers: { turn: ports(count) } } });
    expect(of(100)).toEqual([]);
    expect(of(99)).toEqual([expect.objectContaining({ found: "50 clients × 2 = 100" })]);
  });

  it("is told by quotas and by what its machine is, each in the same message", () => {
    const options = { "user-quota": "20", "total-quota": 49 };
    const size = { memoryBytes: 16 * 2 ** 20, fileDescriptors: 100 };
    expect(inTopology({ options, size }).map(({ place, expected }) => `${place}: ${expected}`)).toEqual([
      "load: at most 20 allocations at once: turn has user-quota 20, and all clients present one credential",
      "load: at most 49 allocations at once: turn has total-quota 49",
      "topology.turnServers.turn.size.memoryBytes: at least 16 MiB for 50 allocations over udp at once, 22 KB each (50)",
      "topology.turnServers.turn.size.fileDescriptors: at least 250 open files of turn for 50 allocations at once, a relay socket each",
    ]);
    expect(inTopology({ options: { "user-quota": 1 }, secrets: ["of time-limited credentials"] })).toEqual([]);
    expect(inTopology({ options: { "user-quota": 0 } })).toEqual([]);
  });

  it("counts what arrivals come to, and no VU that is never needed", () => {
    const ports = { options: { "min-port": 50_000, "max-port": 50_099 } };
    const arriving = (rate: number) => ({
      load: { executor: "constant-arrival-rate", rate, duration: "60s", preAllocatedVUs: 10_000 },
    });
    expect(inTopology(ports, arriving(20))).toEqual([]);
    expect(inTopology(ports, arriving(21))).toEqual([expect.objectContaining({ found: "105" })]);
  });

  it("is told where a carrier's NAT has no port for each, those that are not forgotten yet among them", () => {
    const nat = { preset: "home", portAllocation: { portsPerSubscriber: 64 }, mappingLifetimeMs: 30_000 };
    const load = { executor: "constant-arrival-rate", rate: 2, duration: "60s", preAllocatedVUs: 20 };
    const of = (change: object) =>
      faultsOf({ ...good, topology: { ...good.topology, routers: { home: { nat } } }, load, ...change });
    expect(of({})).toEqual([
      expect.objectContaining({ place: "clients.behind", found: expect.stringContaining("70 sockets") }),
    ]);
    expect(of({ load: { ...load, rate: 1 } })).toEqual([]);
    expect(of({ clients: { behind: "internet" } })).toEqual([]);
  });
});

describe("more than the machine has room for", () => {
  const room: MachineRoom = { memoryBytes: 8 * 2 ** 30, fileDescriptors: 1_048_576, connections: 262_144 };
  const many = { ...good, load: { ...good.load, vus: 10_000 } } satisfies AllocationScenario;
  const of = (changed: Partial<MachineRoom>, scenario: AllocationScenario = many) =>
    machineRoomFaults(scenario, { ...room, ...changed }).map(({ place, found }) => `${place}: ${found}`);

  it("is nothing on a usual one", () => {
    expect(of({})).toEqual([]);
    expect(of({ connections: null })).toEqual([]);
  });

  it("is more memory over TLS than over UDP, at both ends", () => {
    const tls: AllocationScenario = { ...many, allocation: { ...many.allocation, over: "tls" } };
    const enough = { memoryBytes: 1_024 * 2 ** 20, fileDescriptors: 30_000 };
    expect(of(enough)).toEqual([]);
    expect(of(enough, tls)).toEqual(["load: 1024 MiB that the engine's machine has"]);
  });

  it("is told of memory, open files and connection tracking, all at once", () => {
    expect(of({ memoryBytes: 512 * 2 ** 20, fileDescriptors: 8_000, connections: 8_192 })).toEqual([
      "load: 512 MiB that the engine's machine has",
      "load: 8000",
      "load: 8000",
      "clients.behind: 10000 flows through home, those that are not forgotten yet among them",
    ]);
  });

  it("asks twice the files of a server whose clients have connections, and none of one that has its own limit", () => {
    const tls = { ...many, allocation: { ...many.allocation, over: "tls" } } as const;
    expect(of({ fileDescriptors: 12_000 })).toEqual([]);
    expect(of({ fileDescriptors: 12_000 }, tls)).toEqual(["load: 12000"]);
    const topology = { ...good.topology, turnServers: { turn: { size: { fileDescriptors: 30_000 } } } };
    expect(of({ fileDescriptors: 40_000 }, { ...tls, topology })).toEqual([]);
    expect(of({ fileDescriptors: 25_000 }, { ...tls, topology })).toEqual([
      "topology.turnServers.turn.size.fileDescriptors: 30000",
    ]);
  });
});

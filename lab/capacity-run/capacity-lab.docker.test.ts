import { expect, it } from "vitest";
import { judgeStep } from "../capacity/carries.ts";
import { nameConstraint } from "../capacity/constraint.ts";
import { ServerError } from "../lab-error.ts";
import type { CapacityCall } from "../model/capacity.ts";
import { TRAFFIC_PROFILES } from "../model/traffic-profile.ts";
import { LABEL } from "../runtime/container-events.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { testContext } from "../test-lab.ts";
import { capacityTopology, SERVER, startCapacityLab } from "./capacity-lab.ts";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "./defaults.ts";
import { mostCalls } from "./most-calls.ts";
import { roomOf } from "./server-room.ts";

describeDocker("a server that is limited on purpose", () => {
  it("has twelve ports for sixteen calls: that is seen, and named", async () => {
    const context = await testContext();
    const call: CapacityCall = { over: "udp", relayed: "one", streams: TRAFFIC_PROFILES.audio };
    const size = { cpus: 0.5, memoryBytes: 64 * 2 ** 20, nicBitsPerSecond: 50e6, fileDescriptors: 1_024 };
    const options = { "min-port": 50_000, "max-port": 50_011 };
    const input = { config: null, options, call, behind: "internet" as const, workers: 1 };
    const placed = capacityTopology(input, size);
    if ("faults" in placed) throw new Error("no topology");
    const parts = { ...input, topology: placed.topology, size, isOutOfMemory: () => false };
    await using lab = await startCapacityLab("capacity", parts, context);
    const step = await lab.load.hold({ purpose: "ramp", calls: 16, arrivalsPerSecond: 50, holdMs: 500 });
    if (!step) throw new Error("nobody interrupted it");

    expect(step).toMatchObject({ calls: 16, held: 12, started: 16, connected: 12, failures: { turn_508: 4 } });
    const { server } = step;
    expect(server).toMatchObject({ allocations: 12, isAlive: true, isOutOfMemory: false, wireDrops: 0 });
    expect(server.throttledShare).not.toBeNull();
    expect(server.fileDescriptors).toBeGreaterThan(12);
    expect(server.threads[0]?.name).toMatch(/^turnserver-\d+$/);
    expect(step.packetsSent).toBeGreaterThan(0);
    expect(step.farPeer).not.toBeNull();
    expect(step.machineIdlePercent).not.toBeNull();
    expect(await lab.lab.nics.drops(SERVER)).toEqual({ up: 0, down: 0 });

    const room = roomOf(null, options, size);
    const ask = {
      size,
      call,
      limits: DEFAULT_LIMITS,
      room,
      settings: DEFAULT_SETTINGS,
      firstGuess: 1,
      most: mostCalls(call),
    };
    expect(judgeStep(step, ask).verdict).toBe("not_carried");
    const end = { reason: "found", carried: 12, notCarried: 16, below: null, above: null, noise: [] } as const;
    expect(nameConstraint(ask, [step], { ...end, noise: [] })[0]?.constraint).toBe("port-range");
  }, 60_000);

  it("relays over TLS between two allocations, and is told as dead with what was measured when it is killed", async () => {
    const context = await testContext();
    const call: CapacityCall = { over: "tls", relayed: "both", streams: TRAFFIC_PROFILES.audio };
    const input = { config: null, call, behind: "home" as const, workers: 1 };
    const placed = capacityTopology(input, {});
    if ("faults" in placed) throw new Error("no topology");
    const parts = { ...input, topology: placed.topology, size: {}, isOutOfMemory: () => false };
    await using lab = await startCapacityLab("capacity", parts, context);
    const load = { purpose: "ramp", arrivalsPerSecond: 50 } as const;
    const step = await lab.load.hold({ ...load, calls: 3, holdMs: 500 });
    if (!step) throw new Error("nobody interrupted it");
    expect(step).toMatchObject({ held: 3, connected: 3, failures: {}, packetsLost: 0, farPeer: null });
    expect(step.packetsSent).toBeGreaterThan(0);
    expect(step.roundTrip.count).toBeGreaterThan(0);
    expect(step.server).toMatchObject({ allocations: 6, isAlive: true });

    const held = lab.load.hold({ ...load, calls: 6, holdMs: 60_000 });
    const { docker } = context.engine;
    const label = [`${LABEL.run}=${context.runId}`, `${LABEL.node}=${SERVER}`];
    const [container] = await docker.listContainers({ filters: { label } });
    if (!container) throw new Error("no server to kill");
    await docker.getContainer(container.Id).kill();
    const last = await held;
    expect(last).toMatchObject({ calls: 6, server: { isAlive: false, isOutOfMemory: false } });
    expect(await lab.lab.broken).toBeInstanceOf(ServerError);
    const ask = {
      size: {},
      call,
      limits: DEFAULT_LIMITS,
      room: roomOf(null, undefined, {}),
      settings: DEFAULT_SETTINGS,
    };
    const search = { ...ask, firstGuess: 1, most: mostCalls(call) };
    const end = { reason: "found", carried: 3, notCarried: 6, below: null, above: null, noise: [] } as const;
    const [first] = last ? nameConstraint(search, [step, last], { ...end, noise: [] }) : [];
    expect(first).toMatchObject({ constraint: "server-died", evidence: "the server died under 6 calls" });
  }, 60_000);
});

import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";

const peer = { behind: "internet", iceServers: ["turn"] };

function faultsOf(turn: object): string[] {
  const scenario = {
    description: "A server on a small machine.",
    topology: { turnServers: { turn } },
    peers: { offerer: peer, answerer: peer },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const result = checkScenario(scenario, "small");
  return "faults" in result ? result.faults.map(({ place }) => place) : [];
}

describe("the size of a server", () => {
  it("may be any part of a machine", () => {
    const size = { cpus: 0.25, memoryBytes: 64 * 1024 ** 2, nicBitsPerSecond: 20e6, fileDescriptors: 1_024 };
    expect(faultsOf({ size })).toEqual([]);
    expect(faultsOf({ size: { cpus: 2 }, link: { latencyMs: 20 } })).toEqual([]);
  });

  it.each([
    [{ cpus: 0.05 }, "topology.turnServers.turn.size.cpus"],
    [{ memoryBytes: 1_000_000 }, "topology.turnServers.turn.size.memoryBytes"],
    [{ nicBitsPerSecond: 1_000 }, "topology.turnServers.turn.size.nicBitsPerSecond"],
    [{ fileDescriptors: 3 }, "topology.turnServers.turn.size.fileDescriptors"],
    [{ cores: 2 }, "topology.turnServers.turn.size"],
  ])("%j is no size", (size, place) => {
    expect(faultsOf({ size }).some((found) => found.startsWith(place))).toBe(true);
  });

  it("has one queue on its wire", () => {
    expect(faultsOf({ size: { nicBitsPerSecond: 20e6 }, link: { latencyMs: 20 } })).toEqual([
      "topology.turnServers.turn.size.nicBitsPerSecond",
    ]);
  });
});

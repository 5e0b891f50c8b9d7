import { expect, it } from "vitest";
import type { CapacityCall, MachineSize, ServerRoom } from "../model/capacity.ts";
import { TRAFFIC_PROFILES } from "../model/traffic-profile.ts";
import { firstGuess } from "./first-guess.ts";
import { NO_ROOM } from "./test-server.ts";

const guess = (size: MachineSize, room: Partial<ServerRoom> = {}, call: Partial<CapacityCall> = {}) =>
  firstGuess(
    { cpus: 2, ...size },
    { over: "udp", relayed: "one", streams: TRAFFIC_PROFILES.audio, ...call },
    { ...NO_ROOM, ...room },
  );

it.each([
  ["ports", {}, { relayPorts: 50 }, {}, 20],
  ["a quota of all", {}, { totalQuota: 50 }, {}, 20],
  ["a quota of each user's", {}, { userQuota: 50 }, {}, 20],
  ["bandwidth that is reserved", {}, { bpsCapacity: 500_000, maxBps: 10_000 }, {}, 20],
  ["file descriptors", { fileDescriptors: 90 }, {}, {}, 20],
  ["file descriptors, two for each client over TCP", { fileDescriptors: 90 }, {}, { over: "tcp" }, 10],
  ["file descriptors, of two allocations", { fileDescriptors: 90 }, {}, { over: "tls", relayed: "both" }, 5],
  ["fewer file descriptors than a process has", { fileDescriptors: 64 }, { totalQuota: 1 }, {}, 1],
  ["a wire", { nicBitsPerSecond: 50 * 50 * 8 * (102 + 46 + 102 + 42) }, {}, {}, 20],
  [
    "a wire, which two allocations of one call share",
    { nicBitsPerSecond: 50 * 100 * 8 * 148 },
    {},
    { relayed: "both" },
    20,
  ],
  ["memory", { memoryBytes: 16e6 + 50 * 22_000 }, {}, {}, 20],
] as const)("stays well below %s", (_, size, room, call, expected) => {
  expect(guess(size, room, call)).toBe(expected);
});

it("is one call at the least, and what its CPU may do where nothing else bounds it", () => {
  expect(guess({ memoryBytes: 6e6 })).toBe(1);
  expect(guess({ cpus: 1 })).toBeGreaterThan(200);
});

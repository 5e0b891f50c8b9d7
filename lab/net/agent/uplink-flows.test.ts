import { expect, it } from "vitest";
import type { UplinkPort } from "../../model/outside-server.ts";
import { UplinkFlows, type UplinkLimits } from "./uplink-flows.ts";

const UDP: UplinkPort = { protocol: "udp", port: 3478 };
const TCP: UplinkPort = { protocol: "tcp", port: 443 };
const LIMITS: UplinkLimits = {
  maxOpen: 3,
  opensPerSecond: 10,
  burst: 5,
  idleMs: { udp: 100, tcp: 1_000 },
  maxAgeMs: 5_000,
  makesRoomAfterMs: 40,
};
const flowsWith = (limits: Partial<UplinkLimits> = {}) => new UplinkFlows([UDP, TCP], { ...LIMITS, ...limits }, 0);

it("opens what is on its list, and nothing else whatever is asked", () => {
  const flows = flowsWith();
  expect(flows.open(1, UDP, 0)).toBe(true);
  expect(flows.open(1, UDP, 0), "a number in use").toBe(false);
  expect(flows.open(2, { protocol: "udp", port: 443 }, 0)).toBe(false);
  expect(flows.open(3, { protocol: "tcp", port: 3478 }, 0)).toBe(false);
  expect(flows.openCount).toBe(1);
});

it("has so many flows at a time", () => {
  const flows = flowsWith();
  expect([1, 2, 3, 4].map((flow) => flows.open(flow, UDP, 0))).toEqual([true, true, true, false]);
  flows.close(2);
  expect(flows.open(5, TCP, 0)).toBe(true);
  expect(flows.traffic()).toMatchObject([
    { ...UDP, flows: 3, refused: 1 },
    { ...TCP, flows: 1, refused: 0 },
  ]);
});

it("makes room by the datagram flow that was idle for the longest, if it was for long enough", () => {
  const flows = flowsWith();
  flows.open(1, TCP, 0);
  flows.open(2, UDP, 10);
  flows.open(3, UDP, 0);
  flows.pass(3, "in", 1, 20);
  expect(flows.toMakeRoom(49)).toBeNull();
  expect(flows.toMakeRoom(70)).toBe(2);
  flows.close(2);
  expect(flows.toMakeRoom(70)).toBeNull();
});

it("opens so many a second, and a burst after a pause", () => {
  const flows = flowsWith({ maxOpen: 100 });
  const opened = (from: number, nowMs: number) =>
    Array.from({ length: 10 }, (_, index) => flows.open(from + index, UDP, nowMs)).filter(Boolean).length;
  expect(opened(0, 0)).toBe(5);
  expect(opened(10, 200)).toBe(2);
  expect(opened(20, 60_000)).toBe(5);
});

it("closes flows that are idle or old, and counts the bytes of those that are there", () => {
  const flows = flowsWith();
  flows.open(1, UDP, 0);
  flows.open(2, TCP, 0);
  flows.pass(1, "out", 20, 50);
  flows.pass(1, "in", 88, 60);
  flows.pass(9, "in", 1, 60);
  expect(flows.expired(140)).toEqual([]);
  expect(flows.expired(160)).toEqual([1]);
  for (let nowMs = 500; nowMs < 5_000; nowMs += 500) flows.pass(2, "out", 1, nowMs);
  flows.close(1);
  expect(flows.expired(4_999)).toEqual([]);
  expect(flows.expired(5_000)).toEqual([2]);
  expect(flows.traffic()).toEqual([
    { ...UDP, flows: 1, refused: 0, bytesOut: 20, bytesIn: 88 },
    { ...TCP, flows: 1, refused: 0, bytesOut: 9, bytesIn: 0 },
  ]);
});

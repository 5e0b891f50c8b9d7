import { expect, it } from "vitest";
import { joinCaptures } from "./join-captures.ts";

const HEADER = Buffer.from("d4c3b2a1020004000000000000000000000004000100000000".slice(0, 48), "hex");

/** Packets of one byte, at these seconds. */
function file(...seconds: number[]): Buffer {
  const packets = seconds.map((second) => {
    const packet = Buffer.alloc(17, second);
    packet.writeUInt32LE(second, 0);
    packet.writeUInt32LE(500, 4);
    packet.writeUInt32LE(1, 8);
    packet.writeUInt32LE(1, 12);
    return packet;
  });
  return Buffer.concat([HEADER, ...packets]);
}

it("puts a ring's files in the order of their packets, under one header", () => {
  expect(joinCaptures([file(1, 2), file(3)])).toEqual({ pcap: file(1, 2, 3), hasPackets: true, isCut: false });
});

it("says that the beginning is gone where the ring has gone round", () => {
  expect(joinCaptures([file(5), file(3, 4)])).toEqual({ pcap: file(3, 4, 5), hasPackets: true, isCut: true });
  expect(joinCaptures([file(), file(3, 4)])).toEqual({ pcap: file(3, 4), hasPackets: true, isCut: true });
});

it("has an empty capture of a silent wire, and none where nothing was written", () => {
  expect(joinCaptures([file()])).toEqual({ pcap: HEADER, hasPackets: false, isCut: false });
  expect(joinCaptures([Buffer.alloc(0)])).toBe(null);
});

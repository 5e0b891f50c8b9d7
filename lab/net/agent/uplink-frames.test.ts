import { expect, it } from "vitest";
import { encodeFrame, FrameReader, type UplinkFrame } from "./uplink-frames.ts";

const frames: UplinkFrame[] = [
  { kind: "open", flow: 1, protocol: "udp", port: 3478 },
  { kind: "open", flow: 4_294_967_295, protocol: "tcp", port: 65_535 },
  { kind: "data", flow: 1, bytes: Buffer.from("hello") },
  { kind: "data", flow: 1, bytes: Buffer.alloc(0) },
  { kind: "end", flow: 2 },
  { kind: "close", flow: 1 },
];

it("frames come out as they went in, however the stream is cut", () => {
  const bytes = Buffer.concat(frames.map(encodeFrame));
  for (const size of [1, 3, 7, bytes.length]) {
    const reader = new FrameReader();
    const read: UplinkFrame[] = [];
    for (let at = 0; at < bytes.length; at += size)
      read.push(...reader.read(Buffer.from(bytes.subarray(at, at + size))));
    expect(read).toEqual(frames);
  }
});

it.each([
  ["a length that is none", "00000001"],
  ["a length that nobody sends", "7fffffff"],
  ["a kind that is none", "0000000509000000010000000509"],
  ["a protocol that is none", "0000000800000000010900500000"],
])("%s is refused", (_, hex) => {
  expect(() => new FrameReader().read(Buffer.from(hex, "hex"))).toThrow(RangeError);
});

import { describe, expect, it } from "vitest";
import { PacketSink } from "./packet-sink.ts";
import { readRtp, writeRtp } from "./rtp-packet.ts";

/** Opus: 20 ms are 960 of its clock. */
const packet = (number: number) => ({
  payloadType: 111,
  sequence: number & 0xffff,
  timestamp: (number * 960) >>> 0,
  payloadBytes: 80,
});

/** Each number 20 ms after the one before it in the list, less or more by `late`. */
function sinkOf(numbers: readonly number[], late: (index: number) => number = () => 0) {
  const sink = new PacketSink("audio");
  const taken = numbers.map((number, index) => sink.receive(packet(number), 1_000 + index * 20 + late(index)));
  return { sink, taken };
}

describe("PacketSink", () => {
  it("counts what came, and nothing else", () => {
    expect(new PacketSink("video").report(null)).toEqual({
      kind: "video",
      packetsReceived: 0,
      packetsLost: 0,
      bytesReceived: 0,
      jitterMs: null,
      packetsReordered: 0,
      receivedForMs: null,
      framesDecoded: null,
    });
    expect(new PacketSink("video").report(7)).toMatchObject({ packetsReceived: 0, packetsLost: 7 });
    const { sink } = sinkOf([5]);
    expect(sink.report(null)).toMatchObject({
      packetsReceived: 1,
      packetsLost: 0,
      jitterMs: null,
      receivedForMs: null,
    });
  });

  it("tells loss: by numbers, or by what the far end says, which knows of the first and the last as well", () => {
    const { sink } = sinkOf([2, 3, 5, 8]);
    expect(sink.report(null)).toMatchObject({ packetsReceived: 4, packetsLost: 3, bytesReceived: 320 });
    expect(sink.report(12)).toMatchObject({ packetsReceived: 4, packetsLost: 8 });
  });

  it("counts a packet once, however often it comes", () => {
    const { sink, taken } = sinkOf([0, 1, 1, 2, 0]);
    expect(taken).toEqual([true, true, false, true, false]);
    expect(sink.report(3)).toMatchObject({
      packetsReceived: 3,
      packetsLost: 0,
      packetsReordered: 0,
      bytesReceived: 240,
    });
  });

  it("tells those that come after one that was sent later, also before the first", () => {
    expect(sinkOf([1, 0, 3, 2, 4]).sink.report(null)).toMatchObject({
      packetsReceived: 5,
      packetsLost: 0,
      packetsReordered: 2,
    });
  });

  it("follows the numbers over their end, twice", () => {
    const numbers = Array.from({ length: 140_000 }, (_, index) => index + 65_530);
    expect(sinkOf(numbers).sink.report(140_000)).toMatchObject({
      packetsReceived: 140_000,
      packetsLost: 0,
      packetsReordered: 0,
    });
  });

  it("takes what is thousands behind for lost: it cannot know whether that came before", () => {
    const { sink, taken } = sinkOf([0, 5_000, 1]);
    expect(taken).toEqual([true, true, false]);
    expect(sink.report(5_001)).toMatchObject({ packetsReceived: 2, packetsLost: 4_999 });
  });

  it("has no jitter where packets come as evenly as they were sent, however late all are", () => {
    expect(sinkOf([0, 1, 2, 3]).sink.report(null).jitterMs).toBeCloseTo(0, 9);
    expect(sinkOf([0, 1, 2, 3]).sink.report(null).receivedForMs).toBe(60);
  });

  it("computes jitter as RFC 3550 section 6.4.1: J += (|D| - J) / 16", () => {
    // Every second one 8 ms late: |D| is 8 ms each time.
    const { sink } = sinkOf([0, 1, 2, 3], (index) => (index % 2) * 8);
    const expected = [8, 8, 8].reduce((jitter, d) => jitter + (d - jitter) / 16, 0);
    expect(sink.report(null).jitterMs).toBeCloseTo(expected, 9);
    const many = sinkOf([...Array(500).keys()], (index) => (index % 2) * 8).sink.report(null);
    expect(many.jitterMs).toBeCloseTo(8, 3);
  });

  it("goes over the end of the timestamp without a leap", () => {
    const first = Math.floor(2 ** 32 / 960) - 2;
    expect(sinkOf([0, 1, 2, 3, 4].map((index) => first + index)).sink.report(null).jitterMs).toBeCloseTo(0, 9);
  });
});

it("reads what it writes, and nothing that is no such packet", () => {
  const given = { payloadType: 96, sequence: 65_535, timestamp: 4_294_967_295, payloadBytes: 100 };
  expect(readRtp(writeRtp(given))).toEqual(given);
  expect([new Uint8Array(11), new Uint8Array(20), new Uint8Array(0)].map(readRtp)).toEqual([null, null, null]);
});

import { describe, expect, it } from "vitest";
import { decodeChannelData, encodeChannelData } from "./channel-data.ts";
import { encode, request } from "./message.ts";
import { StreamFraming } from "./stream-framing.ts";

const MESSAGE = encode(request("Binding", [{ name: "SOFTWARE", value: "x" }]));
const CHANNEL = encodeChannelData({ channel: 0x4001, data: Buffer.from("12345") });

describe("StreamFraming", () => {
  it("gives the same frames however the stream is cut", () => {
    const stream = Buffer.concat([MESSAGE, CHANNEL, MESSAGE]);
    for (let size = 1; size <= stream.length; size += 1) {
      const framing = new StreamFraming();
      const frames: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) frames.push(...framing.push(stream.subarray(at, at + size)));
      expect(frames).toEqual([MESSAGE, CHANNEL.subarray(0, 9), MESSAGE]);
    }
  });

  it("is broken for good by what is neither, after the frames before it", () => {
    for (const junk of [Buffer.from([0xff, 0, 0, 0]), Buffer.from([0x50, 0, 0, 0]), Buffer.from([0, 1, 0, 3])]) {
      const framing = new StreamFraming();
      expect(framing.push(Buffer.concat([MESSAGE, junk]))).toEqual([MESSAGE]);
      expect(framing.isBroken).toBe(true);
      expect(framing.push(MESSAGE)).toEqual([]);
    }
  });
});

describe("ChannelData", () => {
  it("comes back without its padding", () => {
    expect(CHANNEL.length).toBe(12);
    expect(decodeChannelData(CHANNEL)).toEqual({ channel: 0x4001, data: Buffer.from("12345") });
  });

  it("is not a STUN message, a short datagram or another channel", () => {
    expect(decodeChannelData(MESSAGE)).toBeNull();
    expect(decodeChannelData(CHANNEL.subarray(0, 8))).toBeNull();
    expect(decodeChannelData(Buffer.from([0x50, 0, 0, 0]))).toBeNull();
  });
});

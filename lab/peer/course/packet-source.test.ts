import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useClock } from "./clock.ts";
import { PacketSource } from "./packet-source.ts";
import { readRtp } from "./rtp-packet.ts";

let nowMs = 0;

/** Timers fire when this says, not when they are due: `advance` moves the clock and lets what is due by then fire, late. */
function advance(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
}

function started(packetsPerSecond = 50) {
  const sent: { atMs: number; sequence: number; timestamp: number; bytes: number }[] = [];
  const source = new PacketSource({ kind: "audio", packetBytes: 102, packetsPerSecond }, (packet) => {
    const { sequence = -1, timestamp = -1 } = readRtp(packet) ?? {};
    sent.push({ atMs: nowMs, sequence, timestamp, bytes: packet.length });
  });
  source.start(10);
  return { source, sent };
}

describe("PacketSource", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    nowMs = 0;
    useClock(() => nowMs);
  });
  afterEach(() => {
    vi.useRealTimers();
    useClock(() => performance.now());
  });

  it("keeps its pace for a quarter of an hour, also where it divides no millisecond, and skips nothing", () => {
    const { source, sent } = started(90);
    for (let step = 0; step < 900_000; step += 5) advance(5);
    source.stop();
    expect(source.sent).toMatchObject({ packetsSent: 90 * 900 + 1, packetsSkipped: 0 });
    expect(sent.at(-1)?.sequence).toBe((90 * 900) & 0xffff);
  });

  it("takes RTP's header and the carrier's tag off the size that goes out, and says when each left", () => {
    const { sent, source } = started();
    for (let step = 0; step < 40; step++) advance(1);
    expect(sent.map(({ bytes }) => bytes)).toEqual([92, 92, 92]);
    expect(sent.map(({ timestamp }) => timestamp)).toEqual([0, 960, 1_920]);
    expect(source.sent.bytesSent).toBe(3 * 80);
  });

  it("leaves out what is late, without moving what comes after, and counts it", () => {
    const { source, sent } = started();
    advance(10);
    nowMs += 195; // The process stood still, and goes on with a timer that has 10 ms left.
    for (let step = 0; step < 40; step++) advance(1);
    source.stop();
    // 0 at its time; of 20 to 200 those 20 ms late at most; then 220 and 240 at theirs.
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 215, 220, 240]);
    expect(source.sent).toMatchObject({ packetsSent: 4, packetsSkipped: 9 });
    expect(sent.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
  });

  it("counts what its end comes too late for, and not what is due that moment", () => {
    const { source } = started();
    nowMs = 100;
    source.stop();
    advance(1_000);
    // Of 20, 40, 60, 80 and 100 the last two were not late yet.
    expect(source.sent).toMatchObject({ packetsSent: 1, packetsSkipped: 3 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

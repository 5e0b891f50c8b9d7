import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TrafficExchange } from "./traffic.ts";

let nowMs = 0;
vi.mock("./clock.ts", () => ({ monotonicMs: () => nowMs }));

const message = (sequence: number) => {
  const buffer = Buffer.alloc(20);
  buffer.writeUInt32BE(sequence, 0);
  return buffer;
};

function start(traffic = { messageBytes: 20, messagesPerSecond: 50, durationMs: 100 }) {
  const sent: number[] = [];
  const onEnd = vi.fn();
  const exchange = new TrafficExchange(traffic, { send: (m) => sent.push(Buffer.from(m).readUInt32BE(0)) }, onEnd);
  exchange.start();
  return { exchange, sent, onEnd };
}

/** The process stands still for a while, then its timers fire. */
async function stall(durationMs: number) {
  nowMs += durationMs;
  await vi.runOnlyPendingTimersAsync();
}

async function advance(durationMs: number) {
  for (let i = 0; i < durationMs; i++) {
    nowMs++;
    await vi.advanceTimersByTimeAsync(1);
  }
}

describe("TrafficExchange", () => {
  beforeEach(() => {
    nowMs = 1_000;
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it("sends by the schedule and ends when the time is over", async () => {
    const { exchange, sent, onEnd } = start();
    exchange.markHeard();
    await advance(99);
    expect(sent).toEqual([0, 1, 2, 3, 4]);
    expect(onEnd).not.toHaveBeenCalled();
    await advance(5);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it("leaves out what a stall made late, and says so", async () => {
    const { exchange, sent } = start({ messageBytes: 20, messagesPerSecond: 100, durationMs: 1_000 });
    exchange.markHeard();
    await advance(100);
    const before = sent.length;
    await stall(500);
    expect(sent.length - before).toBeLessThanOrEqual(4);
    expect(exchange.messagesSkipped).toBeGreaterThanOrEqual(46);
  });

  it("repeats until the far peer has heard, counting every copy", async () => {
    const { exchange, sent, onEnd } = start();
    await advance(450);
    expect(sent.length).toBeGreaterThanOrEqual(8);
    expect(exchange.messagesSent).toBe(sent.length);
    expect(onEnd).not.toHaveBeenCalled();
    exchange.markHeard();
    await advance(10);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it("counts each sequence number once and tells the first message", () => {
    const { exchange } = start();
    expect(exchange.receive(message(3))).toBe(true);
    expect(exchange.receive(message(3))).toBe(false);
    expect(exchange.receive(message(0))).toBe(false);
    expect(exchange.messagesReceived).toBe(2);
    exchange.stop();
  });

  it("calls five seconds of silence at the end of a long call a silence", async () => {
    const { exchange } = start({ messageBytes: 20, messagesPerSecond: 1, durationMs: 60_000 });
    exchange.markHeard();
    await advance(54_900);
    exchange.receive(message(1));
    await advance(5_050);
    expect(exchange.hasFallenSilent()).toBe(true);
    exchange.stop();
  });

  it("notices a path that fell silent in the last third", async () => {
    const { exchange } = start({ messageBytes: 20, messagesPerSecond: 50, durationMs: 3_000 });
    exchange.markHeard();
    await advance(1_900);
    exchange.receive(message(1));
    await advance(1_050);
    expect(exchange.hasFallenSilent()).toBe(true);
    exchange.receive(message(2));
    expect(exchange.hasFallenSilent()).toBe(false);
    exchange.stop();
  });
});

import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import type { PageMessage } from "../page-protocol.ts";
import { PageLine } from "./page-line.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const socket = Object.assign(new EventEmitter(), { send: vi.fn(), terminate: vi.fn() });
  const events = { onUp: vi.fn(), onReport: vi.fn(), onHung: vi.fn(), onBroken: vi.fn(), onClosed: vi.fn() };
  const line = new PageLine(socket as unknown as WebSocket, events);
  const say = (message: PageMessage) => socket.emit("message", JSON.stringify(message));
  return { socket, events, line, say };
}

it("says that a page hangs after five pings without a word, once", () => {
  const { events, say } = open();
  vi.advanceTimersByTime(4_900);
  say({ type: "pong" });
  vi.advanceTimersByTime(5_000);
  expect(events.onHung).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(events.onHung).toHaveBeenCalledExactlyOnceWith(5_000);
});

it("asks a page that is closed nothing any more", () => {
  const { socket, events } = open();
  socket.emit("close");
  vi.advanceTimersByTime(60_000);
  expect(events.onClosed).toHaveBeenCalledOnce();
  expect(events.onHung).not.toHaveBeenCalled();
  expect(socket.send).not.toHaveBeenCalled();
});

it("tells the kernel's time, and takes what the page says", () => {
  const { socket, events, say } = open();
  const before = Number(process.hrtime.bigint()) / 1e6;
  say({ type: "ask-time" });
  const { type, keeperMs } = JSON.parse(socket.send.mock.calls[0]?.[0]);
  expect(type).toBe("time");
  expect(keeperMs).toBeGreaterThanOrEqual(before);
  expect(keeperMs).toBeLessThanOrEqual(Number(process.hrtime.bigint()) / 1e6);
  say({ type: "up", clockErrorMs: 0.1 });
  say({ type: "broken", message: "TypeError" });
  say({ type: "report", report: { type: "wants-restart", session: 1 } });
  expect(events.onUp).toHaveBeenCalledWith(0.1);
  expect(events.onBroken).toHaveBeenCalledWith("TypeError");
  expect(events.onReport).toHaveBeenCalledWith({ type: "wants-restart", session: 1 });
});

import { expect, it } from "vitest";
import { callTraffic } from "./call-traffic.ts";

it("lets a call with a browser last until its path is settled, and no other", () => {
  expect(callTraffic(undefined, ["werift", "werift"]).durationMs).toBe(100);
  expect(callTraffic(undefined, ["werift", "firefox"])).toEqual({
    messageBytes: 200,
    messagesPerSecond: 50,
    durationMs: 1_000,
  });
  const long = { messageBytes: 200, messagesPerSecond: 1, durationMs: 60_000 };
  expect(callTraffic(long, ["chromium", "chromium"])).toEqual(long);
});

import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { expect, it } from "vitest";
import { nowMs } from "./clock.ts";
import { combineMeasures } from "./combine-measures.ts";
import { Tally } from "./tally.ts";
import { threadOf } from "./worker-threads.ts";

const PROCESS = { atMs: 1_000, durationMs: 250, dropped: 2, receiveBufferErrors: 0, cpuPercent: 50, memoryBytes: 1 };

it("adds up what the workers counted, and their histograms into one that others can add up", () => {
  const now = nowMs();
  const workers = [new Tally(now), new Tally(now)];
  for (const [index, tally] of workers.entries()) {
    tally.started += 3;
    tally.fail("turn_486");
    tally.lose(index === 0 ? "turn_437" : "turn_timeout");
    for (let packet = 1; packet <= 100; packet += 1) {
      tally.sent(960, now + packet);
      if (packet % 10 !== 0) tally.received(960, now + packet, now + packet + packet + index * 100);
    }
  }
  const measure = combineMeasures(
    workers.map((tally) => tally.take(now + 100, false)),
    PROCESS,
  );
  expect(measure).toMatchObject({
    started: 6,
    failed: { turn_486: 2 },
    lost: 2,
    lostBy: { turn_437: 1, turn_timeout: 1 },
    dropped: 2,
    packetsSent: 200,
    packetsReceived: 180,
    bytesReceived: 180 * 960,
    packetsLost: 0,
    connectTime: null,
    jitterMs: null,
  });
  const roundTrip = decodeFromCompressedBase64(measure.roundTrip ?? "", 32);
  expect(roundTrip.totalCount).toBe(180);
  expect(roundTrip.minNonZeroValue / 1_000).toBeCloseTo(1, 2);
  expect(roundTrip.maxValue / 1_000).toBeCloseTo(199, 0);
  expect(roundTrip.getValueAtPercentile(50) / 1_000).toBeCloseTo(99.5, 0);
  // Counted once: the next stretch begins empty, but for what is lost meanwhile.
  const next = combineMeasures(
    workers.map((tally) => tally.take(now + 5_000, false)),
    { ...PROCESS, dropped: 0 },
  );
  expect(next).toMatchObject({ started: 0, failed: {}, packetsSent: 0, packetsLost: 20, roundTrip: null });
});

it("spreads VUs evenly over the threads, whichever numbers are in use", () => {
  const counts = [0, 0, 0, 0];
  for (let vu = 1; vu <= 1_002; vu += 1) {
    const thread = threadOf(vu, 4);
    counts[thread] = (counts[thread] ?? 0) + 1;
  }
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

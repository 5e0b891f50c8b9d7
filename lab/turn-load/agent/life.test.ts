import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { expect, it } from "vitest";
import { decodeChannelData } from "../../stun/channel-data.ts";
import { decode, type StunMessage } from "../../stun/message.ts";
import { Life, type LifeSetting } from "./life.ts";
import type { LinkOwner } from "./link.ts";
import { peerAddress } from "./peer-address.ts";
import { Tally } from "./tally.ts";
import { error, grant } from "./test-answers.ts";
import { TrafficWriter } from "./traffic-writer.ts";
import { TurnMessages } from "./turn-messages.ts";
import { usersOf } from "./user.ts";
import { Wheel } from "./wheel.ts";

const STREAMS = [{ packetBytes: 100, packetsPerSecond: 100 }];

/** A life whose time, answers and packets the test gives. `packetBackAfterMs`: null, it does not come back. */
function startLife({
  answerTo = grant,
  packetBackAfterMs = () => 30,
  holdMs = 1_000,
}: {
  answerTo?: (message: StunMessage) => Buffer;
  packetBackAfterMs?: (index: number) => number | null;
  holdMs?: number | null;
} = {}) {
  let now = 10_000;
  let packets = 0;
  const asked: { method: string; atMs: number }[] = [];
  const coming: { atMs: number; bytes: Buffer; to: LinkOwner }[] = [];
  const over: number[] = [];
  const messages = new TurnMessages();
  const tally = new Tally(now);
  const setting: LifeSetting = {
    messages,
    wheel: new Wheel(now),
    now: () => now,
    userOf: usersOf({ kind: "shared", username: "user", password: "password" }),
    lifetimeSeconds: null,
    by: "channel",
    timeoutMs: 5_000,
    channelRefreshMs: 240_000,
    tally,
    traffic: new TrafficWriter(messages, "channel", STREAMS, false),
    streams: STREAMS,
    relayTo: "peer",
    farPeer: peerAddress({ address: "81.2.64.2", port: 9_000 }),
    holdMs,
    onOver: () => over.push(now),
    openLink: (to) => {
      coming.push({ atMs: now, bytes: Buffer.alloc(0), to });
      return {
        isReliable: false,
        close: () => {},
        send: (sent) => {
          const bytes = Buffer.from(sent);
          if (decodeChannelData(bytes)) {
            const afterMs = packetBackAfterMs(packets++);
            if (afterMs !== null) coming.push({ atMs: now + afterMs, bytes, to });
            return;
          }
          const message = decode(bytes);
          if ("error" in message) throw new Error(message.error);
          asked.push({ method: message.method, atMs: now });
          coming.push({ atMs: now + 10, bytes: answerTo(message), to });
        },
      };
    },
  };
  const life = new Life(7, 3, now - 25, setting);
  life.begin();
  const run = (forMs: number) => {
    for (const until = now + forMs; now < until; now += 1) {
      for (const item of coming.filter(({ atMs }) => atMs <= now)) {
        coming.splice(coming.indexOf(item), 1);
        if (item.bytes.length === 0) item.to.onOpen();
        else item.to.onFrame(item.bytes);
      }
      setting.wheel.advance(now);
    }
  };
  return { life, run, asked, over, take: (isLast = false) => tally.take(now, isLast), sent: () => packets };
}

it("is held for its time, waits for its packets, gives back, and counts from when it was due", () => {
  const { run, asked, over, take, sent } = startLife();
  run(500);
  expect(take()).toMatchObject({ started: 1, allocated: 1, held: 1 });
  run(700);
  expect(asked.map(({ method }) => method)).toEqual([
    "Allocate",
    "Allocate",
    "CreatePermission",
    "ChannelBind",
    "Refresh",
  ]);
  // Held 40 ms after it began; the last packet came back within 30 ms of the end.
  expect(asked.at(-1)?.atMs).toBeGreaterThan(11_040);
  expect(asked.at(-1)?.atMs).toBeLessThanOrEqual(11_072);
  expect(over).toHaveLength(1);
  const measure = take(true);
  expect(measure).toMatchObject({ ended: 1, interrupted: 0, lost: 0, packetsLost: 0, held: 0 });
  expect(sent()).toBeGreaterThanOrEqual(99);
});

it("tells connect time from when it was due, allocate time from its first packet", () => {
  const { run, take } = startLife();
  run(200);
  const { connectTime, allocateTime } = take();
  expect(decodeFromCompressedBase64(connectTime ?? "").maxValue / 1_000).toBeCloseTo(65, 0);
  expect(decodeFromCompressedBase64(allocateTime ?? "").maxValue / 1_000).toBeCloseTo(20, 0);
});

it("waits two seconds for packets that do not come, and counts every one", () => {
  const { run, over, take, sent } = startLife({ packetBackAfterMs: (index) => (index % 10 === 0 ? null : 30) });
  run(1_500);
  expect(over).toEqual([]);
  run(2_600);
  expect(over).toHaveLength(1);
  const measure = take(true);
  expect(measure.packetsSent).toBe(sent());
  expect(measure.packetsLost).toBe(Math.ceil(sent() / 10));
  expect(measure.packetsReceived + measure.packetsLost).toBe(measure.packetsSent);
  expect(measure.ended).toBe(1);
});

it("counts what comes after two seconds as lost, and nobody else's packets", () => {
  const { run, take, sent } = startLife({ packetBackAfterMs: () => 2_050, holdMs: 300 });
  run(5_000);
  expect(take(true)).toMatchObject({ packetsSent: sent(), packetsReceived: 0, packetsLost: sent(), roundTrip: null });
});

it("is interrupted when it has to leave early, and ends as planned where nobody said how long", () => {
  const early = startLife();
  early.run(500);
  early.life.leave();
  early.run(200);
  expect(early.take(true)).toMatchObject({ ended: 0, interrupted: 1, packetsLost: 0 });
  expect(early.over).toHaveLength(1);
  const held = startLife({ holdMs: null });
  held.run(5_000);
  held.life.leave();
  held.run(200);
  expect(held.take(true)).toMatchObject({ ended: 1, interrupted: 0 });
  const connecting = startLife();
  connecting.run(15);
  connecting.life.leave();
  connecting.run(100);
  expect(connecting.take(true)).toMatchObject({ started: 1, allocated: 0, interrupted: 1, failed: {} });
  expect(connecting.over).toHaveLength(1);
});

it("fails with what the server says, gives back what it has, and lasts half a second", () => {
  const { run, asked, over, take } = startLife({
    answerTo: (message) => (message.method === "CreatePermission" ? error(message, 403) : grant(message)),
  });
  run(400);
  expect(asked.at(-1)?.method).toBe("Refresh");
  expect(over).toEqual([]);
  run(200);
  expect(over).toHaveLength(1);
  expect(take(true)).toMatchObject({ allocated: 0, failed: { turn_403: 1 }, ended: 0, lost: 0, interrupted: 0 });
});

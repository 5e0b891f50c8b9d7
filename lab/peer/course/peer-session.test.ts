import { expect, it } from "vitest";
import type { Join, SessionEnded } from "../protocol.ts";
import type { Endpoint } from "./endpoint.ts";
import { PeerSession } from "./peer-session.ts";

const join: Join = {
  type: "join",
  session: 7,
  role: "answerer",
  iceServers: [],
  transportPolicy: "all",
  traffic: { messagesPerSecond: 10, durationMs: 100, messageBytes: 100 },
  timeoutMs: 5_000,
};

/** An engine whose getStats() rejects. */
const broken = async () => {
  throw new Error("no statistics");
};

const endpoint: Endpoint = {
  ...{ offer: broken, describe: broken, take: broken, configure: () => {}, restart: () => {}, isRestarting: false },
  ...{ path: null, probe: broken, send: () => {}, startOver: () => {} },
  gathering: { startedAtMs: null, endedAtMs: null },
  failureFacts: async () => ({
    urls: [],
    hasRelay: false,
    permissions: { granted: 0, refused: [] },
    isAnswerless: false,
  }),
  stats: broken,
  report: broken,
  pairs: broken,
  close: async () => {},
};

it.each([
  ["its last words", endpoint],
  ["what it is asked for at its end", { ...endpoint, failureFacts: broken }],
])("ends once, and with nothing unhandled, where its engine breaks in %s", async (_, made) => {
  const ended: SessionEnded[] = [];
  const port = {
    signal: () => {},
    wantsRestart: () => {},
    stats: () => {},
    ended: (one: SessionEnded) => ended.push(one),
  };
  const session = new PeerSession(join, port, () => made, 1_000);
  session.start();
  await session.leave();
  await session.leave();
  await expect
    .poll(() => ended)
    .toMatchObject([
      { session: 7, connected: false, report: { failure: { code: "peer_crashed", message: "Error: no statistics" } } },
    ]);
});

it("says that a later list of servers was refused, and by what words", async () => {
  const ended: SessionEnded[] = [];
  const port = {
    signal: () => {},
    wantsRestart: () => {},
    stats: () => {},
    ended: (one: SessionEnded) => ended.push(one),
  };
  const refusing: Endpoint = {
    ...endpoint,
    configure: () => {
      throw new Error("not a URL");
    },
    stats: async () => null,
    pairs: async () => [],
    report: async () => ({
      ...{ candidates: [], urls: [], selectedPair: null, selectedUrl: null, selectedTransport: null },
      turnAllocateMs: [],
    }),
  };
  const session = new PeerSession(join, port, () => refusing, 1_000);
  session.start();
  session.configure([{ urls: ["stun:"] }]);
  await expect
    .poll(() => ended)
    .toMatchObject([{ report: { failure: { code: "configuration_rejected", message: "Error: not a URL" } } }]);
});

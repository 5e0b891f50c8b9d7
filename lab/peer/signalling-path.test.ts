import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Role, SignallingSpec } from "../model/scenario.ts";
import type { SignalData } from "./protocol.ts";
import { SignallingPath } from "./signalling-path.ts";

const OFFER = { kind: "offer", sdp: "" } as const;
const ANSWER = { kind: "answer", sdp: "" } as const;
const RESTART = { kind: "restart-offer", ufrag: "b", password: "" } as const;
const candidate = (ufrag = "a") => ({ kind: "candidate", candidate: "", ufrag }) as const;
const END = { kind: "end-of-candidates", ufrag: "a" } as const;
const OF_THE_LAB: SignalData[] = [
  { kind: "silent" },
  { kind: "heard-again" },
  { kind: "first-data" },
  { kind: "first-media" },
  { kind: "finished", messagesSent: 1 },
];

function pathOf(spec: SignallingSpec, session = 1) {
  const came: string[] = [];
  const path = new SignallingPath(session, spec, (from, { kind }) => void came.push(`${from} ${kind}`));
  const send = (from: Role, ...messages: SignalData[]) => {
    for (const message of messages) path.send(from, message);
  };
  return { path, came, send };
}

describe("a session's signalling", () => {
  it("comes at once and whole, and is counted", () => {
    const { path, came, send } = pathOf({});
    send("offerer", OFFER, candidate(), END);
    send("answerer", ANSWER);
    expect(came).toEqual(["offerer offer", "offerer candidate", "offerer end-of-candidates", "answerer answer"]);
    expect(path.counts).toEqual({ sent: 4, lost: 0, maxDelayMs: 0, early: 0 });
  });

  it("comes later, in order, restarts as well; nothing comes once the session is over", async () => {
    const { path, came, send } = pathOf({ delayMs: 50 });
    send("offerer", OFFER, candidate(), RESTART);
    expect(came).toEqual([]);
    await sleep(80);
    expect(came).toEqual(["offerer offer", "offerer candidate", "offerer restart-offer"]);
    expect(path.counts.maxDelayMs).toBeGreaterThan(45);
    send("answerer", ANSWER);
    await sleep(10);
    expect(path.counts.maxDelayMs).toBeGreaterThan(9);
    path[Symbol.dispose]();
    await sleep(80);
    expect(came).toHaveLength(3);
  });

  it("loses a share of messages by a sequence that is the same in every run, and another in every session", () => {
    const kept = (session: number) => {
      const { path, came, send } = pathOf({ loss: 0.3 }, session);
      for (let n = 0; n < 500; n++) send("offerer", candidate(String(n)));
      expect(path.counts.sent - path.counts.lost).toBe(came.length);
      return path.counts.lost;
    };
    const lost = [1, 2, 3, 4].map(kept);
    expect([1, 2, 3, 4].map(kept)).toEqual(lost);
    expect(new Set(lost).size).toBeGreaterThan(1);
    for (const count of lost) expect(count / 500).toBeCloseTo(0.3, 1);
    const isFirstLost = (session: number) => {
      const { came, send } = pathOf({ loss: 0.5 }, session);
      send("offerer", OFFER);
      return came.length === 0;
    };
    expect(new Set([1, 2, 3, 4, 5, 6, 7, 8].map(isFirstLost)).size).toBe(2);
  });

  it("drops kinds, restarts' among them", () => {
    const { path, came, send } = pathOf({ drops: ["offer", "candidate"] });
    send("offerer", OFFER, candidate(), END, RESTART);
    send("answerer", ANSWER);
    expect(came).toEqual(["answerer answer"]);
    expect(path.counts).toMatchObject({ sent: 5, lost: 4 });
  });

  it("throws away candidates that overtake the description before them, of a restart as well", async () => {
    const { path, came, send } = pathOf({ delayMs: 40, losesEarlyCandidates: true });
    send("offerer", OFFER, candidate());
    await sleep(60);
    send("offerer", candidate(), RESTART, candidate("b"));
    expect(came).toEqual(["offerer offer", "offerer candidate"]);
    await sleep(60);
    send("offerer", candidate("b"));
    expect(came).toEqual(["offerer offer", "offerer candidate", "offerer restart-offer", "offerer candidate"]);
    expect(path.counts).toMatchObject({ sent: 6, lost: 0, early: 2 });
  });

  it("carries what only the lab's ends say to each other at once, and does not count it", () => {
    const { path, came, send } = pathOf({
      delayMs: 1_000,
      loss: 1,
      drops: ["offer", "answer", "candidate"],
      losesEarlyCandidates: true,
    });
    send("offerer", ...OF_THE_LAB);
    expect(came).toHaveLength(OF_THE_LAB.length);
    expect(path.counts.sent).toBe(0);
  });
});

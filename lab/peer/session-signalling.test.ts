import { describe, expect, it } from "vitest";
import type { SignallingSpec } from "../model/scenario.ts";
import { runSession } from "./session.ts";
import { startAgentProcess } from "./test-peer.ts";

/** A call of two agents over loopback. */
async function callOver(signalling: SignallingSpec, timeoutMs = 3_000) {
  await using a = startAgentProcess("a");
  await using b = startAgentProcess("b");
  await Promise.all([a.handle.ready, b.handle.ready]);
  // Awaited here: what is only returned would outlive its peers.
  return await runSession(a.handle, b.handle, {
    session: 1,
    iceServers: { offerer: [], answerer: [] },
    transportPolicy: { offerer: "all", answerer: "all" },
    traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 100 },
    timeoutMs,
    signalling,
  });
}

describe("a call whose signalling", () => {
  it("is slow, connects by so much later", async () => {
    const { outcome, timings, signalling } = await callOver({ delayMs: 300 }, 10_000);
    expect(outcome).toBe("connected");
    // An offer and an answer, one after the other.
    expect(timings.connect_time).toBeGreaterThan(600);
    expect(signalling).toMatchObject({ lost: 0, early: 0 });
    expect(signalling.sent).toBeGreaterThanOrEqual(6);
    expect(signalling.maxDelayMs).toBeGreaterThanOrEqual(299);
  }, 20_000);

  it("loses the candidates of both, or the answer, comes to nothing", async () => {
    const [candidates, answer] = await Promise.all([
      callOver({ drops: ["candidate"] }),
      callOver({ drops: ["answer"] }),
    ]);
    expect(candidates).toMatchObject({
      outcome: "failed",
      failure: { code: expect.stringMatching(/ice_failed|session_timeout/) },
    });
    expect(candidates.signalling.lost).toBeGreaterThanOrEqual(4);
    expect(answer).toMatchObject({ outcome: "failed", signalling: { lost: 1 } });
  }, 20_000);

  it("brings candidates before the description that they belong to, comes to nothing where they are thrown away", async () => {
    const { outcome, signalling } = await callOver({ delayMs: 300, losesEarlyCandidates: true });
    expect(outcome).toBe("failed");
    expect(signalling.lost).toBe(0);
    expect(signalling.early).toBeGreaterThanOrEqual(4);
  }, 20_000);
});

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { IceServer } from "../model/ice.ts";
import { ROLES } from "../model/scenario.ts";
import { startTestTurnServer } from "./agent/test-turn-server.ts";
import { runSession, type SessionSpec } from "./session.ts";
import { startAgentProcess } from "./test-peer.ts";

const servers = (port: number): IceServer[] => [
  { urls: [`turn:127.0.0.1:${port}?transport=udp`], username: "user", credential: "secret" },
];

const relayed = (port: number, changes: Partial<SessionSpec>): SessionSpec => ({
  session: 1,
  iceServers: { offerer: servers(port), answerer: servers(port) },
  transportPolicy: { offerer: "relay", answerer: "relay" },
  traffic: { messageBytes: 100, messagesPerSecond: 50, durationMs: 1_500 },
  timeoutMs: 10_000,
  ...changes,
});

describe("a session's ICE restart", () => {
  it("takes the servers that are right when a peer hears nothing any more, each end its own", async () => {
    await using dead = await startTestTurnServer("ok");
    await using second = await startTestTurnServer("ok");
    await using third = await startTestTurnServer("ok");
    await using a = startAgentProcess("a");
    await using b = startAgentProcess("b");
    await Promise.all([a.handle.ready, b.handle.ready]);
    const asked: string[] = [];
    const running = runSession(
      a.handle,
      b.handle,
      relayed(dead.port, {
        recovery: { by: "ice-restart", afterSilenceMs: 500, withinMs: 4_000 },
        iceServersFor: async (role, reason) => {
          asked.push(`${role} ${reason}`);
          // Longer than one peer may notice the silence after the other.
          await sleep(400);
          return servers(role === "offerer" ? second.port : third.port);
        },
      }),
    );
    await expect.poll(() => dead.allocations, { timeout: 5_000 }).toBe(2);
    await sleep(600);
    dead.isCut = true;
    const { outcome, dropped, recoveries, peers, pair } = await running;
    expect({ outcome, dropped, pair }).toEqual({
      outcome: "connected",
      dropped: false,
      pair: { offerer: "relay", answerer: "relay" },
    });
    // Both wished for a restart, and their lists were asked for once.
    expect(asked.toSorted()).toEqual(["answerer restart", "offerer restart"]);
    expect(peers.offerer.selectedUrl).toContain(`:${second.port}?`);
    expect(peers.answerer.selectedUrl).toContain(`:${third.port}?`);
    expect(recoveries).toMatchObject([{ isSilence: true, pairBefore: "relay-relay", pairAfter: "relay-relay" }]);
    expect(recoveries[0]?.recoveredAfterMs).toBeGreaterThan(500);
    expect(recoveries[0]?.recoveredAfterMs).toBeLessThan(2_500);
  }, 20_000);

  it("may be told from outside while all is well, and takes the old servers where nobody gives others", async () => {
    await using server = await startTestTurnServer("ok");
    await using a = startAgentProcess("a");
    await using b = startAgentProcess("b");
    await Promise.all([a.handle.ready, b.handle.ready]);
    const { dropped, recoveries, peers } = await runSession(
      a.handle,
      b.handle,
      relayed(server.port, {
        // Before it has connected: it waits for that.
        onRunning: ({ restart }) => restart("answerer"),
      }),
    );
    expect(dropped).toBe(false);
    expect(recoveries).toMatchObject([{ isSilence: false, noticedAfterMs: null, recoveredAfterMs: null }]);
    expect(recoveries[0]?.selectedAfterMs).toBeGreaterThan(0);
    for (const role of ROLES) expect(peers[role].messagesReceived).toBeGreaterThan(50);
    expect(server.allocations).toBe(0);
  }, 20_000);

  it("ends the session with what asking for servers threw: a fault of the lab's must not look like a provider's", async () => {
    await using server = await startTestTurnServer("ok");
    await using a = startAgentProcess("a");
    await using b = startAgentProcess("b");
    await Promise.all([a.handle.ready, b.handle.ready]);
    const running = runSession(
      a.handle,
      b.handle,
      relayed(server.port, {
        iceServersFor: () => Promise.reject(new Error("a bug")),
        onRunning: ({ restart }) => restart("offerer"),
      }),
    );
    await expect(running).rejects.toThrow("a bug");
  }, 20_000);
});

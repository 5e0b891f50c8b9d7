import { expect, it } from "vitest";
import type { RunEvent, SessionFinished } from "./model/events.ts";
import type { IceUrlKind } from "./model/ice.ts";
import type { Scenario, ServerChange } from "./model/scenario.ts";
import { runScenario } from "./run-scenario.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, testContext, topologyOf } from "./test-lab.ts";

type Loss = { recovery?: Scenario["recovery"]; becomes?: ServerChange; over?: IceUrlKind; isAlone?: boolean };

/** Two relayed peers, a server that is lost in mid-call, and another that both know. */
function serverLost({ recovery, becomes = "cut-off", over = "udp", isAlone = false }: Loss): Scenario {
  const scenario = topologyOf({ turnServers: { first: {}, second: {} } }, "internet", "internet");
  const iceServers = ["first", ...(isAlone ? [] : ["second"])].map((server) => ({ server, urls: [over] }));
  for (const peer of Object.values(scenario.peers)) Object.assign(peer, { iceServers, transportPolicy: "relay" });
  return {
    ...scenario,
    ...(recovery ? { recovery } : {}),
    load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
    traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 5_000 },
    expectedPath: "relayed",
    changes: [{ atMs: 2_000, server: "first", becomes }],
  };
}

async function run(loss: Loss): Promise<RunEvent[]> {
  const context = await testContext();
  await runScenario("server-lost", serverLost(loss), context);
  expect(eventsOf(context.events, "scenario_finished")).toMatchObject([{ outcome: "completed" }]);
  return context.events;
}

const finished = (events: RunEvent[]): SessionFinished[] => eventsOf(events, "session_finished");

describeDocker("calls whose TURN server is lost", () => {
  it("go on over the other server after an ICE restart", async () => {
    const events = await run({ recovery: { by: "ice-restart", afterSilenceMs: 1_000, withinMs: 4_000 } });
    const [cut] = eventsOf(events, "lab_changed");
    const sessions = finished(events);
    expect(sessions).toHaveLength(2);
    for (const { recoveries, violations, ...session } of sessions) {
      expect(session).toMatchObject({ outcome: "connected", dropped: false, failure: null, path: "relayed" });
      expect(violations).toEqual([]);
      expect(recoveries).toHaveLength(1);
      const [recovery] = recoveries ?? [];
      if (!recovery || !cut) throw new Error("no recovery");
      expect(recovery).toMatchObject({ isSilence: true, pairBefore: "relay-relay", pairAfter: "relay-relay" });
      for (const role of ["offerer", "answerer"] as const) {
        expect(recovery.urlBefore[role]).toContain("first");
        expect(recovery.urlAfter[role]).toContain("second");
      }
      // The last data came just before the cut; the silence takes a second, the restart some tenths.
      expect(recovery.at).toBeGreaterThan(cut.at - (cut.durationMs ?? 0) - 500);
      expect(recovery.at).toBeLessThan(cut.at + 500);
      expect(recovery.recoveredAfterMs).toBeGreaterThan(1_000);
      expect(recovery.recoveredAfterMs).toBeLessThan(3_000);
      // What was lost is counted as lost.
      const sent = session.peers.offerer.messagesSent + session.peers.answerer.messagesSent;
      const received = session.peers.offerer.messagesReceived + session.peers.answerer.messagesReceived;
      expect(received / sent).toBeLessThan(0.9);
      expect(received / sent).toBeGreaterThan(0.5);
    }
  });

  it("restart at once where the server's end of a TCP connection is closed, whatever a silence is", async () => {
    const recovery = { by: "ice-restart", afterSilenceMs: 3_000, withinMs: 4_000 } as const;
    const sessions = finished(await run({ recovery, becomes: "killed", over: "tcp" }));
    expect(sessions).toHaveLength(2);
    for (const { dropped, peers, recoveries } of sessions) {
      expect(dropped).toBe(false);
      expect(peers.offerer.selectedUrl).toContain("second");
      expect(recoveries?.[0]?.recoveredAfterMs).toBeLessThan(2_500);
    }
  });

  it("are dropped and made anew where that is how the application recovers, and are mute without", async () => {
    const recovery = { by: "new-call", afterSilenceMs: 1_000, withinMs: 4_000 } as const;
    const [anew, none, again] = await Promise.all([
      run({ recovery }),
      run({}),
      run({ recovery, becomes: "killed", over: "tcp", isAlone: true }),
    ]);
    const sessions = finished(anew);
    const lost = sessions.filter(({ dropped }) => dropped);
    const made = sessions.filter(({ replaces }) => replaces);
    expect([sessions.length, lost.length, made.length]).toEqual([4, 2, 2]);
    for (const { outcome, replaces, peers } of made) {
      expect(outcome).toBe("connected");
      expect(lost.map(({ session }) => session)).toContain(replaces?.session);
      expect(replaces?.recoveredAfterMs).toBeGreaterThan(1_000);
      expect(replaces?.recoveredAfterMs).toBeLessThan(4_000);
      expect(peers.offerer.selectedUrl).toContain("second");
    }
    const mute = finished(none);
    expect(mute).toMatchObject([{ dropped: true }, { dropped: true }]);
    expect(mute.map(({ recoveries }) => recoveries)).toEqual([undefined, undefined]);
    // Where the only server is gone, calls are tried again and again, but not for ever.
    const tries = finished(again).filter(({ replaces }) => replaces);
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(20);
    for (const { outcome, replaces } of tries) {
      expect(outcome).toBe("failed");
      expect(replaces).toEqual({ session: expect.any(Number), recoveredAfterMs: null });
    }
  });
});

import { expect, it } from "vitest";
import type { PeerEngine } from "./model/engine.ts";
import { runScenario } from "./run-scenario.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, testContext, topologyOf } from "./test-lab.ts";

/** Two relayed calls whose TURN server is cut off in their midst, and is there again when they have noticed. */
async function callsThatLoseTheirServer(offerer: PeerEngine, answerer: PeerEngine) {
  const scenario = topologyOf({ turnServers: { turn: {} } }, "internet", "internet");
  const iceServers = [{ server: "turn", urls: ["udp" as const] }];
  for (const peer of Object.values(scenario.peers)) Object.assign(peer, { iceServers, transportPolicy: "relay" });
  Object.assign(scenario.peers.offerer, { engine: offerer });
  Object.assign(scenario.peers.answerer, { engine: answerer });
  const context = await testContext([offerer, answerer]);
  await runScenario(
    "server-lost",
    {
      ...scenario,
      load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
      traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 7_000 },
      changes: [
        { atMs: 1_500, server: "turn", becomes: "cut-off" },
        { atMs: 4_000, server: "turn", becomes: "restored" },
      ],
      recovery: { by: "ice-restart", afterSilenceMs: 2_000, withinMs: 6_000 },
      expectedPath: "relayed",
    },
    context,
  );
  expect(eventsOf(context.events, "scenario_finished")).toMatchObject([{ outcome: "completed" }]);
  return eventsOf(context.events, "session_finished");
}

describeDocker("an ICE restart between browsers", () => {
  it("comes to data again after a silence, Chromium with Firefox", { timeout: 90_000 }, async () => {
    const sessions = await callsThatLoseTheirServer("chromium", "firefox");
    expect(sessions).toHaveLength(2);
    for (const { outcome, dropped, failure, recoveries } of sessions) {
      expect({ outcome, dropped, failure }).toEqual({ outcome: "connected", dropped: false, failure: null });
      const [first] = recoveries ?? [];
      expect(first).toMatchObject({ isSilence: true, restartedAfterMs: expect.any(Number) });
      expect(first?.recoveredAfterMs).toBeGreaterThan(1_000);
    }
  });
});

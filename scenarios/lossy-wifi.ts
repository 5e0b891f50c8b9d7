import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "A laptop in a cafe calls a DSL home and walks away from its access point in mid-call: calls go on.",
  tags: ["links"],
  topology: {
    routers: {
      cafe: { nat: "home", link: { latencyMs: 8, rateKbps: 30_000 } },
      // PPPoE takes 8 bytes of each packet (RFC 2516); the router says so to whoever sends more.
      dsl: { nat: "home", link: { latencyMs: 12, up: { rateKbps: 10_000 }, down: { rateKbps: 50_000 }, mtu: 1_492 } },
    },
    turnServers: { turn: { link: { latencyMs: 5 } } },
  },
  peers: {
    offerer: { behind: "cafe", iceServers: ["turn"], link: { latencyMs: 5, jitterMs: 3, rateKbps: 20_000 } },
    answerer: { behind: "dsl", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 1 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 6_000 },
  changes: [
    {
      atMs: 4_000,
      node: "offerer",
      link: { latencyMs: 15, jitterMs: 12, loss: 0.05, rateKbps: 2_000, queueMs: 200 },
    },
  ],
  expectedPath: "direct",
  thresholds: {
    session_success: ["rate>0.95"],
    connect_time: ["p(95)<5000"],
    dropped_sessions: ["count==0"],
    // 5 % are lost each way in about half of the time.
    message_delivery: ["rate>0.95"],
  },
});

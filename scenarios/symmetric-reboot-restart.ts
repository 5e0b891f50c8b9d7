import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "A symmetric router forgets its NAT state in mid-call: relayed calls behind it restart ICE and go on.",
  tags: ["recovery"],
  topology: {
    routers: { office: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: ["turn"], transportPolicy: "relay" },
    answerer: { behind: "internet", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 1 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 12_000 },
  changes: [{ atMs: 4_000, router: "office", forgets: true }],
  recovery: { by: "ice-restart" },
  expectedPath: "relayed",
  // symmetric-reboot is the same without a restart: there every call drops.
  thresholds: {
    session_success: ["rate==1"],
    session_recovered: ["rate==1"],
    // 5 s until the silence is one.
    recovery_time: ["p(95)<8000"],
  },
});

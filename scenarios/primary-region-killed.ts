import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "The primary region's TURN server is killed during a run of calls: they go on over the other region's.",
  tags: ["recovery"],
  topology: {
    regions: { eu: { latencyMs: 10 }, us: { latencyMs: 40 } },
    routers: { phone: { nat: "symmetric", region: "eu" }, office: { nat: "symmetric", region: "eu" } },
    turnServers: { primary: { region: "eu" }, backup: { region: "us" } },
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["primary", "backup"] },
    answerer: { behind: "office", iceServers: ["primary", "backup"] },
  },
  // Calls of 8 s one after the other: some are under way when it dies, and the next begin soon after.
  load: { executor: "per-vu-iterations", vus: 4, iterations: 3 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 8_000 },
  changes: [{ atMs: 5_000, server: "primary", becomes: "killed" }],
  recovery: { by: "ice-restart" },
  expectedPath: "relayed",
  thresholds: {
    session_success: ["rate>0.95"],
    session_recovered: ["rate==1"],
    // 5 s until the silence is one.
    recovery_time: ["p(95)<8000"],
  },
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "A TURN server is cut off in mid-call: calls restart ICE over another one and go on, as browsers' do.",
  tags: ["recovery"],
  topology: {
    routers: { phone: { nat: "symmetric" }, office: { nat: "symmetric" } },
    turnServers: { primary: {}, secondary: {} },
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["primary", "secondary"] },
    answerer: { behind: "office", iceServers: ["primary", "secondary"] },
  },
  // The second calls begin while the server is gone.
  load: { executor: "per-vu-iterations", vus: 4, iterations: 2 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 11_000 },
  changes: [{ atMs: 4_000, server: "primary", becomes: "cut-off" }],
  recovery: { by: "ice-restart" },
  expectedPath: "relayed",
  thresholds: {
    session_success: ["rate>0.95"],
    session_recovered: ["rate==1"],
    // 5 s until the silence is one.
    recovery_time: ["p(95)<8000"],
  },
});

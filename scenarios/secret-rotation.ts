import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "The shared secret is rotated under a run of calls: taken beside the old one, minted with, then alone. None fails.",
  tags: ["requirements", "scrum-phase2", "qring-checklist"],
  topology: {
    routers: { phone: { nat: "mobile-carrier" }, office: { nat: "symmetric" } },
    turnServers: { turn: { secrets: ["of-last-quarter"] } },
    iceServerApis: { backend: { provider: "coturn-rest", servers: ["turn"] } },
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["backend"] },
    answerer: { behind: "office", iceServers: ["backend"] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 6 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 500 },
  changes: [
    { atMs: 1_000, server: "turn", secrets: ["of-last-quarter", "of-this-quarter"] },
    { atMs: 2_000, server: "turn", mintsWith: "of-this-quarter" },
    { atMs: 3_000, server: "turn", secrets: ["of-this-quarter"] },
  ],
  expectedPath: "relayed",
  thresholds: { session_success: ["rate==1"] },
});

import { defineScenario } from "../lab/index.ts";
import { regions, turnServers } from "./_multi-region.ts";

const iceServers = ["us-central", "us-east", "eu-west"];

export default defineScenario({
  description:
    "Three regions, a caller in Europe and one in America: the nearest is killed during calls, and comes back.",
  tags: ["requirements", "multi-region", "recovery"],
  topology: {
    regions,
    routers: { phone: { nat: "symmetric", region: "central" }, office: { nat: "symmetric", region: "eu" } },
    turnServers,
  },
  peers: {
    offerer: { behind: "phone", iceServers },
    answerer: { behind: "office", iceServers },
  },
  // Calls of 8 s one after the other: some are under way when it dies, the next begin without it, the last with it.
  load: { executor: "per-vu-iterations", vus: 4, iterations: 3 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 8_000 },
  changes: [
    { atMs: 4_000, server: "us-central", becomes: "killed" },
    { atMs: 16_000, server: "us-central", becomes: "restored" },
  ],
  recovery: { by: "ice-restart" },
  expectedPath: "relayed",
  thresholds: { session_success: ["rate>0.95"], session_recovered: ["rate==1"], recovery_time: ["p(95)<8000"] },
});

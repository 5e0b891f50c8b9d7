import { defineScenario } from "../lab/index.ts";
import { stun, turn, turnServers } from "./_scrum.ts";

export default defineScenario({
  description:
    "Scrum phase 2, test plan and load: twenty users at once, half of them on mobile data. Each call is relayed.",
  tags: ["requirements", "scrum-phase2"],
  topology: { routers: { mobile: { nat: "mobile-carrier" }, home: { nat: "home" } }, turnServers },
  peers: {
    offerer: { behind: "mobile", iceServers: [stun, turn] },
    answerer: { behind: "home", iceServers: [stun, turn] },
  },
  load: { executor: "per-vu-iterations", vus: 20, iterations: 1 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 3_000 },
  expectedPath: "relayed",
  expectedTransport: "udp",
  exclusive: true,
});

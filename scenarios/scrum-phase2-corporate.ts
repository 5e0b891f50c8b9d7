import { defineScenario } from "../lab/index.ts";
import { stun, turn, turnServers } from "./_scrum.ts";

export default defineScenario({
  description: "Scrum phase 2, test plan: a corporate network that drops UDP. TURN over TCP on 3478 carries the call.",
  tags: ["requirements", "scrum-phase2"],
  topology: { routers: { office: { nat: "udp-blocked" }, home: { nat: "home" } }, turnServers },
  peers: {
    offerer: { behind: "office", iceServers: [stun, turn] },
    answerer: { behind: "home", iceServers: [stun, turn] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tcp" },
});

import { defineScenario } from "../lab/index.ts";
import { stun, turn, turnServers } from "./_scrum.ts";

export default defineScenario({
  description: "Scrum phase 2, test plan: both on one WiFi. They meet on it, whatever the TURN server does.",
  tags: ["requirements", "scrum-phase2"],
  topology: { routers: { wifi: { nat: "home" } }, turnServers },
  peers: {
    offerer: { behind: "wifi", iceServers: [stun, turn] },
    answerer: { behind: "wifi", iceServers: [stun, turn] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
  expectedPath: "local",
});

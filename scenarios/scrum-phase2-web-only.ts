import { defineScenario } from "../lab/index.ts";
import { stun, turn, turnServers } from "./_scrum.ts";

export default defineScenario({
  description:
    "Scrum phase 2: an office that lets out nothing but TCP to 80 and 443. The plan has no port 443: no call.",
  tags: ["requirements", "scrum-phase2"],
  topology: { routers: { office: { nat: "home", firewall: "web-only" }, home: { nat: "home" } }, turnServers },
  peers: {
    offerer: { behind: "office", iceServers: [stun, turn] },
    answerer: { behind: "home", iceServers: [stun, turn] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

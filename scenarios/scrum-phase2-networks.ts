import { defineScenario } from "../lab/index.ts";
import { stun, turn, turnServers } from "./_scrum.ts";

export default defineScenario({
  description: "Scrum phase 2, test plan: different networks. The plan expects a relay; two homes meet without it.",
  tags: ["requirements", "scrum-phase2"],
  topology: { routers: { one: { nat: "home" }, other: { nat: "home" } }, turnServers },
  peers: {
    offerer: { behind: "one", iceServers: [stun, turn] },
    answerer: { behind: "other", iceServers: [stun, turn] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
  expectedPath: "direct",
});

import { defineScenario } from "../lab/index.ts";
import { routers, stun, turnServers } from "./_sensocto.ts";

export default defineScenario({
  description: "Sensocto before: a phone on mobile data calls a home with seven STUN servers and no TURN. No call.",
  tags: ["requirements", "sensocto-mobile"],
  topology: { routers, turnServers },
  peers: {
    offerer: { behind: "mobile", iceServers: [stun] },
    answerer: { behind: "home", iceServers: [stun] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Two homes behind port-restricted routers: hole punching connects them, although TURN is there.",
  tags: ["default"],
  topology: {
    routers: { near: { nat: "home" }, far: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn"] },
    answerer: { behind: "far", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "direct",
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Two peers on one home LAN: they connect to each other without leaving it.",
  tags: ["default"],
  topology: {
    routers: { home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "home", iceServers: ["turn"] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "local",
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Both peers behind symmetric NATs: only a relay connects them, over UDP.",
  tags: ["default"],
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn"] },
    answerer: { behind: "far", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: "udp",
});

import { defineScenario } from "../lab/index.ts";
import { europeans, regions, turnServers } from "./_multi-region.ts";

export default defineScenario({
  description: "Three regions by round-robin: a backend hands out one server after the other, wherever the caller is.",
  tags: ["requirements", "multi-region"],
  topology: {
    regions,
    routers: europeans,
    turnServers,
    iceServerApis: {
      backend: { provider: "coturn-rest", servers: ["us-central", "us-east", "eu-west"], handsOut: "round-robin" },
    },
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["backend"], transportPolicy: "relay" },
    answerer: { behind: "office", iceServers: ["backend"], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "relayed",
});

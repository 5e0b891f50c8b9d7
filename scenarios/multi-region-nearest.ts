import { defineScenario } from "../lab/index.ts";
import { europeans, regions, turnServers } from "./_multi-region.ts";

export default defineScenario({
  description:
    "The same callers, each given the server of its own region: what `multi-region-round-robin` is to be held against.",
  tags: ["requirements", "multi-region"],
  topology: {
    regions,
    routers: europeans,
    turnServers,
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["eu-west"], transportPolicy: "relay" },
    answerer: { behind: "office", iceServers: ["eu-west"], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "relayed",
});

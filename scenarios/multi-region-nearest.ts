import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "The same callers, each given the server of its own region: what `multi-region-round-robin` is to be held against.",
  tags: ["requirements", "multi-region"],
  topology: {
    regions: { eu: { latencyMs: 40 }, east: { latencyMs: 15 }, central: { latencyMs: 5 } },
    routers: { phone: { nat: "symmetric", region: "eu" }, office: { nat: "symmetric", region: "eu" } },
    turnServers: {
      "us-central": { region: "central" },
      "us-east": { region: "east" },
      "eu-west": { region: "eu" },
    },
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["eu-west"], transportPolicy: "relay" },
    answerer: { behind: "office", iceServers: ["eu-west"], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "relayed",
});

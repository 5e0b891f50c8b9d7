import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Three regions by round-robin: a backend hands out one server after the other, wherever the caller is.",
  tags: ["requirements", "multi-region"],
  topology: {
    regions: { eu: { latencyMs: 40 }, east: { latencyMs: 15 }, central: { latencyMs: 5 } },
    routers: { phone: { nat: "symmetric", region: "eu" }, office: { nat: "symmetric", region: "eu" } },
    turnServers: {
      "us-central": { region: "central" },
      "us-east": { region: "east" },
      "eu-west": { region: "eu" },
    },
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

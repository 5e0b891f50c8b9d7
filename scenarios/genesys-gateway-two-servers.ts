import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Two servers behind one router without hairpinning: their relays cannot reach each other.",
  tags: ["requirements", "genesys-gateway"],
  topology: {
    routers: {
      cloud: { nat: { preset: "cloud-1to1", hairpinning: false }, lan: "10.128.0.0/24" },
      client: { nat: "corporate" },
      branch: { nat: "symmetric" },
    },
    turnServers: { first: { behind: "cloud" }, second: { behind: "cloud" } },
  },
  peers: {
    offerer: { behind: "client", iceServers: [{ server: "first", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "branch", iceServers: [{ server: "second", urls: ["udp"] }], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

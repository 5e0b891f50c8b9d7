import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Chromium calls werift, both behind symmetric NATs: relayed over UDP.",
  tags: ["browsers"],
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn"], engine: "chromium" },
    answerer: { behind: "far", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: "udp",
  thresholds: { connect_time: ["p(95)<1000"] },
});

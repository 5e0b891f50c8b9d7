import { defineScenario, type PeerSpec } from "../lab/index.ts";

const relayed: Pick<PeerSpec, "iceServers" | "transportPolicy"> = {
  iceServers: [{ server: "turn", urls: ["udp"] }],
  transportPolicy: "relay",
};

export default defineScenario({
  description: "Chromium calls werift, both behind symmetric NATs: relayed over UDP at both ends.",
  tags: ["browsers"],
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", ...relayed, engine: "chromium" },
    answerer: { behind: "far", ...relayed },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "udp", answerer: "udp" },
  exclusive: true,
  thresholds: { connect_time: ["p(95)<1000"] },
});

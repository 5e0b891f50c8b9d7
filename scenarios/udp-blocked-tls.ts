import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "An office that drops UDP calls a home: the call runs through TURN over TLS.",
  tags: ["default"],
  topology: {
    routers: { office: { nat: "udp-blocked" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "tls"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tls" },
});

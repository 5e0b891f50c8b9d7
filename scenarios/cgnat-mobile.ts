import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "A phone behind its own router and a carrier NAT calls a home: only TURN can connect them.",
  tags: ["default"],
  topology: {
    routers: {
      carrier: { nat: "cgnat" },
      phone: { nat: "home", upstream: "carrier" },
      home: { nat: "home" },
    },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "phone", iceServers: ["turn"] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: "udp",
});

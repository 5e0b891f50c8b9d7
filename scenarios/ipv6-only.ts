import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "A peer with IPv6 alone calls one with IPv4 alone: a dual-stack TURN server stands between them.",
  tags: ["ipv6"],
  topology: {
    routers: { campus: { nat: "home", ip: "ipv6" }, home: { nat: "home" } },
    turnServers: { turn: { ip: "dual" } },
  },
  peers: {
    offerer: { behind: "campus", iceServers: ["turn"] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
});

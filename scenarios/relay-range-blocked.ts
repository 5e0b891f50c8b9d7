import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "A cloud firewall without the relay range: allocations work, and checks to the relay from a symmetric NAT are dropped.",
  tags: ["firewalls"],
  topology: {
    routers: { left: { nat: "symmetric" }, right: { nat: "symmetric" } },
    turnServers: { turn: { firewall: ["udp:3478", "tcp:3478", "tcp:5349", "udp:5349"] } },
  },
  peers: {
    offerer: { behind: "left", iceServers: ["turn"] },
    answerer: { behind: "right", iceServers: [{ server: "turn", urls: ["stun"] }] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 2 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

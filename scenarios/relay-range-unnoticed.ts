import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "A cloud firewall without the relay range, and a relay at both ends: they meet inside the server, and nobody notices.",
  tags: ["firewalls"],
  topology: {
    routers: { left: { nat: "symmetric" }, right: { nat: "symmetric" } },
    turnServers: { turn: { firewall: ["udp:3478", "tcp:3478", "tcp:5349", "udp:5349"] } },
  },
  peers: {
    offerer: { behind: "left", iceServers: ["turn"] },
    answerer: { behind: "right", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "A TURN server behind a cloud firewall that lets its relay range in: one relay connects two symmetric NATs.",
  tags: ["firewalls"],
  topology: {
    routers: { left: { nat: "symmetric" }, right: { nat: "symmetric" } },
    turnServers: { turn: { firewall: ["udp:3478", "tcp:3478", "tcp:5349", "udp:5349", "udp:49152-65535"] } },
  },
  peers: {
    offerer: { behind: "left", iceServers: ["turn"] },
    answerer: { behind: "right", iceServers: [{ server: "turn", urls: ["stun"] }] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: "udp",
});

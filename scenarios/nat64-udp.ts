import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "A phone without IPv4, behind NAT64 and DNS64, reaches a TURN server without IPv6 over UDP and calls a home.",
  tags: ["ipv6"],
  topology: {
    routers: { carrier: { nat: "mobile-carrier", ip: "nat64" }, home: { nat: "home" } },
    turnServers: { turn: { ip: "ipv4" } },
  },
  peers: {
    offerer: { behind: "carrier", iceServers: [{ server: "turn", urls: ["stun", "udp"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "udp" },
});

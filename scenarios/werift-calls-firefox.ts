import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "werift calls Firefox, both in offices that let out TLS on 443 alone: relayed over `turns:` at both ends.",
  tags: ["browsers"],
  topology: {
    routers: { near: { nat: "home", firewall: "tls-443" }, far: { nat: "home", firewall: "tls-443" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: [{ server: "turn", urls: ["udp", "tls:443"] }] },
    answerer: { behind: "far", iceServers: [{ server: "turn", urls: ["udp", "tls:443"] }], engine: "firefox" },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tls", answerer: "tls" },
  exclusive: true,
  thresholds: { connect_time: ["p(95)<2000"] },
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "An office whose only way out is an HTTP proxy to port 443: TURN over TLS goes through it.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "proxy-only" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "tcp", "tls:443"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tls" },
});

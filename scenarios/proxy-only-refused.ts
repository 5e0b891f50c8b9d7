import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "Negative control: an HTTP proxy that connects to 443 alone refuses TURN on 3478, and nothing gets past it.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "proxy-only" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "tcp"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "proxy_refused",
});

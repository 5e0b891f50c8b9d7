import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "An office that lets out TLS on 443 alone: plain TURN on 443 is cut at its first bytes, TURN over TLS connects.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "tls-443" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "tcp:443", "tls:443"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tls" },
});

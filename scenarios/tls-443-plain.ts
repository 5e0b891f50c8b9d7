import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Negative control: where only TLS on 443 may leave, plain TURN on 443 is cut, and nothing connects.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "tls-443" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "tcp:443"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "turn_no_answer",
});

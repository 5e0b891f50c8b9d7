import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "An office that blocks port 3478: no STUN, and TURN over UDP on port 443 carries the call.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "stun-port-blocked" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "udp:443"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "udp" },
});

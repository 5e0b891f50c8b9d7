import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "An office that refuses UDP with ICMP calls a home: the call runs through TURN over TCP.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "udp-rejected" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "tcp"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tcp" },
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "An office that lets out nothing but TCP to 80 and 443: TURN over plain TCP on these ports connects.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "web-only" }, home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "tcp", "tcp:80", "tcp:443"] }] },
    answerer: { behind: "home", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tcp" },
});

import { defineScenario } from "../lab/index.ts";
import { stun, turnServers, turnsOnly } from "./_scrum.ts";

export default defineScenario({
  description: "Scrum phase 2: `turns:` with an address. A certificate names the host, not its address: TLS fails.",
  tags: ["requirements", "scrum-phase2"],
  topology: { routers: { office: { nat: "udp-blocked" }, home: { nat: "home" } }, turnServers },
  peers: {
    offerer: { behind: "office", iceServers: [stun, turnsOnly] },
    answerer: { behind: "home", iceServers: [stun, turnsOnly] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "turn_tls_failed",
});

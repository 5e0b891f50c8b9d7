import { defineScenario } from "../lab/index.ts";
import { google, qringServer, stun, turnOf } from "./_qring.ts";

const NAME = "turn.useqring.online";

export default defineScenario({
  description: "QRing checklist, step 3: one client's network blocks UDP. The call connects over `turns:` on 5349.",
  tags: ["requirements", "qring-checklist"],
  topology: {
    routers: { office: { nat: "udp-blocked" }, home: { nat: "home" } },
    turnServers: { turn: qringServer("41.77.10.20", NAME), google },
  },
  peers: {
    offerer: { behind: "home", iceServers: [stun, ...turnOf(NAME)] },
    answerer: { behind: "office", iceServers: [stun, ...turnOf(NAME)] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 3 },
  expectedPath: "relayed",
  expectedTransport: { answerer: "tls" },
});

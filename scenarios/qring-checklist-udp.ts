import { defineScenario } from "../lab/index.ts";
import { google, qringServer, stun, turnOf } from "./_qring.ts";

const NAME = "turn.useqring.online";

export default defineScenario({
  description: "QRing checklist, step 2: two devices on different networks, one on mobile data, relayed over UDP.",
  tags: ["requirements", "qring-checklist"],
  topology: {
    routers: { mobile: { nat: "mobile-carrier" }, home: { nat: "home" } },
    turnServers: { turn: qringServer("41.77.10.20", NAME), google },
  },
  peers: {
    offerer: { behind: "home", iceServers: [stun, ...turnOf(NAME)] },
    answerer: { behind: "mobile", iceServers: [stun, ...turnOf(NAME)] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 3 },
  expectedPath: "relayed",
  expectedTransport: "udp",
});

import { defineScenario } from "../lab/index.ts";
import { client, fromInside, fromOutside, local, office, TURN_PORT } from "./_genesys.ts";

export default defineScenario({
  description:
    "Client and gateway both on the office's coturn: two relays of one server meet inside it, without a hairpin.",
  tags: ["requirements", "genesys-gateway"],
  topology: { routers: { office: office([TURN_PORT]), client }, turnServers: { local } },
  peers: {
    offerer: { behind: "client", iceServers: [fromOutside], transportPolicy: "relay" },
    answerer: { behind: "office", iceServers: [fromInside], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
  expectedPath: "relayed",
});

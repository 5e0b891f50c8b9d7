import { defineScenario } from "../lab/index.ts";
import { client, fromInside, local, office, TURN_PORT } from "./_genesys.ts";

export default defineScenario({
  description:
    "Gateway with a coturn behind its own router, relay ports not forwarded; a client on a cloud TURN. No call.",
  tags: ["requirements", "genesys-gateway"],
  topology: {
    routers: { office: office([TURN_PORT]), client },
    turnServers: { local, cloud: {} },
    iceServerApis: { metered: { provider: "metered", servers: ["cloud"], hosts: ["a.relay.metered.ca"] } },
  },
  peers: {
    offerer: { behind: "client", iceServers: ["metered"] },
    answerer: { behind: "office", iceServers: [fromInside] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

import { defineScenario } from "../lab/index.ts";
import { client, fromInside, local, office, RELAY_PORTS, TURN_PORT } from "./_genesys.ts";

export default defineScenario({
  description: "The gateway's router forwards the relay ports as well: a relay of its own and one in the cloud meet.",
  tags: ["requirements", "genesys-gateway"],
  topology: {
    routers: { office: office([TURN_PORT, RELAY_PORTS]), client },
    turnServers: { local, cloud: {} },
    iceServerApis: { metered: { provider: "metered", servers: ["cloud"], hosts: ["a.relay.metered.ca"] } },
  },
  peers: {
    offerer: { behind: "client", iceServers: ["metered"] },
    answerer: { behind: "office", iceServers: [fromInside] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
  expectedPath: "relayed",
});

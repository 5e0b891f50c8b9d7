import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description:
    "Tour guide, as it was: guide and attendee ask for themselves and get two servers. Healthy ones connect.",
  tags: ["requirements", "tour-guide"],
  topology: { routers, turnServers: { seven: {}, eight: {} }, iceServerApis: { xirsys } },
  peers,
  iceServerPolicy: { fetchedBy: "each" },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 4 },
  expectedPath: "relayed",
  // Two requests for each of eight calls.
  thresholds: { session_success: ["rate>0.95"], ice_servers_fetches: ["count==16"] },
});

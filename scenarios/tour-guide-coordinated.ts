import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description:
    "Tour guide, coordinated: the guide asks and tells the attendee. The same calls with half of the requests.",
  tags: ["requirements", "tour-guide"],
  topology: { routers, turnServers: { seven: {}, eight: {} }, iceServerApis: { xirsys } },
  peers,
  iceServerPolicy: { fetchedBy: "offerer", sharing: { delayMs: 50 } },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 4 },
  expectedPath: "relayed",
  thresholds: { session_success: ["rate>0.95"], ice_servers_fetches: ["count==8"] },
});

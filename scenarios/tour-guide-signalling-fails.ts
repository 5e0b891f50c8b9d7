import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description: "Tour guide, coordinated, signalling loses the guide's list twice: these attendees ask for themselves.",
  tags: ["requirements", "tour-guide"],
  topology: { routers, turnServers: { seven: {}, eight: {} }, iceServerApis: { xirsys } },
  peers,
  iceServerPolicy: { fetchedBy: "offerer", sharing: { waitMs: 500, failsIn: [3, 4] } },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 6 },
  expectedPath: "relayed",
  thresholds: { session_success: ["rate>0.95"], ice_servers_fetches: ["count==8"] },
});

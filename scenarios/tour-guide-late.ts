import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description: "Tour guide, coordinated: attendees who join later are told the list that the guide already has.",
  tags: ["requirements", "tour-guide"],
  topology: { routers, turnServers: { seven: {}, eight: {} }, iceServerApis: { xirsys } },
  peers,
  iceServerPolicy: { fetchedBy: "offerer", cache: { heldBy: "peer" } },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 6 },
  expectedPath: "relayed",
  thresholds: { session_success: ["rate>0.95"], ice_servers_fetches: ["count==1"] },
});

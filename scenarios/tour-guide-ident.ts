import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description:
    "Xirsys asked for an ident where it wants a channel, as the code of scrum phase 2 does: it has no list for it.",
  tags: ["requirements", "tour-guide", "scrum-phase2"],
  topology: {
    routers,
    turnServers: { seven: {}, eight: {} },
    iceServerApis: { xirsys: { ...xirsys, keys: { channel: "my-ident" } } },
  },
  peers,
  load: { executor: "per-vu-iterations", vus: 1, iterations: 2 },
  expectedPath: "none",
  expectedFailure: "ice_servers_refused",
});

import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description:
    "Tour guide: a list kept longer than its credential lives. Who uses it is refused, whatever the other has.",
  tags: ["requirements", "tour-guide"],
  topology: {
    routers,
    turnServers: { seven: {}, eight: {} },
    iceServerApis: { xirsys: { ...xirsys, faults: [{ answer: "expired" }] } },
  },
  peers,
  iceServerPolicy: { fetchedBy: "offerer", cache: { heldBy: "peer", lifetimeSeconds: 3_600 } },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 2 },
  expectedPath: "none",
  expectedFailure: "turn_unauthorized",
});

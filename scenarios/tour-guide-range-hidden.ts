import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description:
    "Tour guide: the same closed range, coordinated. On one server two relays meet inside, and nobody notices.",
  tags: ["requirements", "tour-guide"],
  topology: {
    routers,
    turnServers: { seven: {}, eight: { firewall: ["udp:3478", "udp:80", "tcp"] } },
    iceServerApis: { xirsys },
  },
  peers,
  iceServerPolicy: { fetchedBy: "offerer" },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 4 },
  expectedPath: "relayed",
});

import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description: "Tour guide: one server's relay range is closed. Asking alone, on two servers, the calls time out.",
  tags: ["requirements", "tour-guide"],
  topology: {
    routers,
    turnServers: { seven: {}, eight: { firewall: ["udp:3478", "udp:80", "tcp"] } },
    iceServerApis: { xirsys },
  },
  peers,
  iceServerPolicy: { fetchedBy: "each" },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 3 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

import { defineScenario } from "../lab/index.ts";
import { xirsys } from "./_tour.ts";

export default defineScenario({
  description:
    "Tour guide, the repair: the same guide behind blocked UDP asks when it calls, and connects, on either server.",
  tags: ["requirements", "tour-guide"],
  topology: {
    routers: { guide: { nat: "udp-blocked" }, attendee: { nat: "symmetric" } },
    turnServers: { seven: {}, eight: {} },
    iceServerApis: { xirsys },
  },
  peers: {
    offerer: { behind: "guide", iceServers: ["xirsys"] },
    answerer: { behind: "attendee", iceServers: ["xirsys"] },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 4 },
  expectedPath: "relayed",
});

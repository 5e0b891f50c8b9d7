import { defineScenario } from "../lab/index.ts";
import { xirsys } from "./_tour.ts";

/** What the guide kept of an earlier call: the server is well, and the credential has expired. */
const cached = {
  urls: ["turn:fr-turn8.xirsys.com:3478?transport=udp", "turns:fr-turn8.xirsys.com:443?transport=tcp"],
  username: "1000000000:tour",
  credential: "long-gone",
};

export default defineScenario({
  description: "Tour guide, what really breaks it: a cached list whose credential has expired, where UDP is blocked.",
  tags: ["requirements", "tour-guide"],
  topology: {
    routers: { guide: { nat: "udp-blocked" }, attendee: { nat: "symmetric" } },
    turnServers: { seven: {}, eight: {} },
    iceServerApis: { xirsys },
  },
  peers: {
    offerer: { behind: "guide", iceServers: [cached] },
    answerer: { behind: "attendee", iceServers: ["xirsys"] },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 3 },
  expectedPath: "none",
  expectedFailure: "turn_unauthorized",
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "The repair: the client on the cloud's TURN alone, the gateway on STUN behind a router that lets UDP out.",
  tags: ["requirements", "genesys-gateway"],
  topology: {
    routers: { office: { nat: "home" }, client: { nat: "corporate" } },
    turnServers: { cloud: {}, google: { aliases: ["stun.l.google.com"], options: { "listening-port": 19302 } } },
    iceServerApis: { metered: { provider: "metered", servers: ["cloud"], hosts: ["a.relay.metered.ca"] } },
  },
  peers: {
    offerer: { behind: "client", iceServers: [{ urls: "stun:stun.l.google.com:19302" }, "metered"] },
    answerer: { behind: "office", iceServers: [{ urls: "stun:stun.l.google.com:19302" }] },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
  expectedPath: "relayed",
});

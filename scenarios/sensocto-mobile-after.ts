import { defineScenario } from "../lab/index.ts";
import { routers, stun, turnServers } from "./_sensocto.ts";

export default defineScenario({
  description: "Sensocto after: the backend adds Cloudflare's list, cached and refreshed early. Mobile data works.",
  tags: ["requirements", "sensocto-mobile"],
  topology: {
    routers,
    turnServers: { ...turnServers, cloudflare: {} },
    iceServerApis: { realtime: { provider: "cloudflare", servers: ["cloudflare"], ttlSeconds: 86_400 } },
  },
  peers: {
    offerer: { behind: "mobile", iceServers: [stun, "realtime"] },
    answerer: { behind: "home", iceServers: [stun, "realtime"] },
  },
  iceServerPolicy: { cache: { heldBy: "backend", refreshBeforeSeconds: 3600 }, fallback: [] },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 4 },
  expectedPath: "relayed",
  thresholds: { ice_servers_cache_hits: ["rate>0.5"] },
});

import { defineScenario } from "../lab/index.ts";
import { routers, stun, turnServers } from "./_sensocto.ts";

export default defineScenario({
  description: "Sensocto after, Cloudflare's API down: STUN is what is left. Mobile calls fail, as its plan says.",
  tags: ["requirements", "sensocto-mobile"],
  topology: {
    routers,
    turnServers: { ...turnServers, cloudflare: {} },
    iceServerApis: { realtime: { provider: "cloudflare", servers: ["cloudflare"], faults: [{ answer: 503 }] } },
  },
  peers: {
    offerer: { behind: "mobile", iceServers: [stun, "realtime"] },
    answerer: { behind: "home", iceServers: [stun, "realtime"] },
  },
  iceServerPolicy: { cache: { heldBy: "backend", refreshBeforeSeconds: 3600 }, fallback: [] },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

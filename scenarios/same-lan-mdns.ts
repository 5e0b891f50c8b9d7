import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "Chromium calls Firefox on one LAN, each hides its address behind an mDNS name: they look each other up.",
  tags: ["browsers"],
  topology: { routers: { home: { nat: "home" } } },
  // Without STUN and TURN there is nothing but the names.
  peers: {
    offerer: { behind: "home", iceServers: [], engine: "chromium", mdns: true },
    answerer: { behind: "home", iceServers: [], engine: "firefox", mdns: true },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "local",
  thresholds: { connect_time: ["p(95)<1000"] },
});

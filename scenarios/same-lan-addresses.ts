import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Chromium calls Firefox on one LAN, each tells its address, as where a page may use the microphone.",
  tags: ["browsers"],
  topology: { routers: { home: { nat: "home" } } },
  peers: {
    offerer: { behind: "home", iceServers: [], engine: "chromium", mdns: false },
    answerer: { behind: "home", iceServers: [], engine: "firefox", mdns: false },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "local",
  exclusive: true,
  thresholds: { connect_time: ["p(95)<1000"] },
});

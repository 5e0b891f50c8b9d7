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
  // One call after the other, each of more than a second: Chromium answers for its name, which all calls of a page share, once a
  // second at the most, asks for another's once, and Firefox tells a name a moment before it answers for it.
  load: { executor: "per-vu-iterations", vus: 1, iterations: 6 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 1_200 },
  expectedPath: "local",
  exclusive: true,
  thresholds: { connect_time: ["p(95)<1000"] },
});

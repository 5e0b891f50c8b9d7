import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Chromium calls Firefox with audio and video, both behind symmetric NATs: relayed over UDP.",
  tags: ["browsers"],
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn"], engine: "chromium" },
    answerer: { behind: "far", iceServers: ["turn"], engine: "firefox" },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 3 },
  traffic: { messageBytes: 200, messagesPerSecond: 10, durationMs: 2_000, media: ["audio", "video"] },
  expectedPath: "relayed",
  expectedTransport: "udp",
  exclusive: true,
  thresholds: { connect_time: ["p(95)<1000"] },
});

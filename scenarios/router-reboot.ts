import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "A home router is dead for half a second in mid-call and forgets its NAT state: calls go on.",
  tags: ["links"],
  topology: {
    // It gives each socket the same outside port again: the far peer's packets find their way as before.
    routers: { near: { nat: "home" }, far: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn"] },
    answerer: { behind: "far", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 1 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 6_000 },
  changes: [{ atMs: 3_000, router: "near", forgets: true, downMs: 500 }],
  expectedPath: "direct",
  thresholds: {
    session_success: ["rate>0.95"],
    dropped_sessions: ["count==0"],
    // Half a second of six, and a little.
    message_delivery: ["rate>0.88"],
  },
});

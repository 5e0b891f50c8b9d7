import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Twenty calls at once through one TURN server, both ends relayed, traffic both ways for five seconds.",
  tags: ["default", "load"],
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "far", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 20, iterations: 1 },
  traffic: { messageBytes: 1_000, messagesPerSecond: 25, durationMs: 5_000 },
  expectedPath: "relayed",
  expectedTransport: "udp",
  exclusive: true,
  thresholds: {
    session_success: ["rate>0.95"],
    connect_time: ["p(95)<5000"],
    message_delivery: ["rate>0.99"],
    // 5 % of 2 × 20 × 125: with less than that sent, the lab did not produce the load it says.
    skipped_messages: ["count<250"],
  },
});

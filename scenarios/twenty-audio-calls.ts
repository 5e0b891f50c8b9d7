import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "Twenty voice calls at once through one TURN server: Opus in RTP, 50 packets a second from each of both ends.",
  tags: ["load"],
  topology: {
    routers: { near: { nat: "home" }, far: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "far", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 20, iterations: 1 },
  traffic: { messageBytes: 100, messagesPerSecond: 1, durationMs: 10_000, packets: "audio" },
  expectedPath: "relayed",
  expectedTransport: "udp",
  exclusive: true,
  thresholds: {
    session_success: ["rate>0.95"],
    rtp_delivery: ["rate>0.999"],
    // A jitter buffer of voice bears some 30 ms; what the ends' own timers add is in it.
    rtp_jitter: ["p(95)<30"],
    // 5 % of 2 x 20 x 500: with less than that sent, the lab did not produce the load it says.
    rtp_skipped: ["count<1000"],
  },
});

import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "A thousand relayed calls at once, fifty more each second, both ends of each sending a message a second that is counted.",
  tags: ["load"],
  topology: {
    routers: { near: { nat: "home" }, far: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "far", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
  },
  load: {
    executor: "constant-arrival-rate",
    rate: 50,
    duration: "20s",
    preAllocatedVUs: 1000,
    gracefulStop: "1m",
  },
  traffic: { messageBytes: 100, messagesPerSecond: 1, durationMs: 25_000 },
  expectedPath: "relayed",
  expectedTransport: "udp",
  thresholds: {
    session_success: ["rate>=0.995", { threshold: "rate>0.5", abortOnFail: true, delayAbortEval: "35s" }],
    connect_time: ["p(95)<2000"],
    dropped_iterations: ["count==0"],
    // What was sent and did not arrive. What was not sent the lab says: 5 % of 2 x 1,000 x 25 would be load that it does not produce.
    message_delivery: ["rate>0.999"],
    skipped_messages: ["count<2500"],
  },
  exclusive: true,
});

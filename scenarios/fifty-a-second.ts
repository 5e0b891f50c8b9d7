import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "Fifty relayed calls a second set out for ten seconds, whether those before them have connected or not: the server's own pace.",
  tags: ["load"],
  topology: {
    routers: { near: { nat: "home" }, far: { nat: "home" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "far", iceServers: [{ server: "turn", urls: ["udp"] }] },
  },
  load: { executor: "constant-arrival-rate", rate: 50, duration: "10s", preAllocatedVUs: 100, maxVUs: 500 },
  expectedPath: "relayed",
  expectedTransport: "udp",
  thresholds: {
    session_success: ["rate>0.995", { threshold: "rate>0.5", abortOnFail: true, delayAbortEval: "4s" }],
    connect_time: ["p(95)<2000"],
    dropped_iterations: ["count==0"],
  },
  exclusive: true,
});

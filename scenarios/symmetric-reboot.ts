import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "A symmetric router forgets its NAT state in mid-call: relayed calls behind it drop.",
  tags: ["links"],
  topology: {
    // The next packet gets another outside port: to the server that is another client, without an allocation.
    routers: { office: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: ["turn"], transportPolicy: "relay" },
    answerer: { behind: "internet", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 1 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 12_000 },
  // Late enough for a slow machine's calls to be connected, early enough for the fastest to be still talking.
  changes: [{ atMs: 8_000, router: "office", forgets: true }],
  expectedPath: "relayed",
  // A dropped session is no success.
  thresholds: { session_success: ["rate==0"], dropped_sessions: ["count==4"] },
});

import { defineScenario } from "../lab/index.ts";
import { google, qringServer, stun, turnOf } from "./_qring.ts";

const [PRIMARY, STANDBY] = ["turn.useqring.online", "turn-eu.useqring.online"];
const iceServers = [stun, ...turnOf(PRIMARY), ...turnOf(STANDBY)];

export default defineScenario({
  description:
    "QRing checklist, operations: the African region is cut off during calls. The standby in Europe takes them.",
  tags: ["requirements", "qring-checklist"],
  topology: {
    regions: { africa: { latencyMs: 10 }, europe: { latencyMs: 50 } },
    routers: { mobile: { nat: "mobile-carrier", region: "africa" }, office: { nat: "symmetric", region: "africa" } },
    turnServers: {
      primary: { ...qringServer("41.77.10.20", PRIMARY), region: "africa" },
      standby: { ...qringServer("51.38.10.20", STANDBY), region: "europe" },
      google,
    },
  },
  peers: {
    offerer: { behind: "office", iceServers },
    answerer: { behind: "mobile", iceServers },
  },
  // The second calls begin while the region is gone.
  load: { executor: "per-vu-iterations", vus: 3, iterations: 2 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 11_000 },
  changes: [{ atMs: 4_000, server: "primary", becomes: "cut-off" }],
  recovery: { by: "ice-restart" },
  expectedPath: "relayed",
  thresholds: { session_success: ["rate>0.95"], session_recovered: ["rate==1"], recovery_time: ["p(95)<8000"] },
});

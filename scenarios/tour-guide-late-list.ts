import { defineScenario } from "../lab/index.ts";
import { peers, routers, xirsys } from "./_tour.ts";

export default defineScenario({
  description:
    "Tour guide, slow signalling: attendees ask for themselves, and restart ICE with the guide's list when it comes.",
  tags: ["requirements", "tour-guide"],
  topology: { routers, turnServers: { seven: {}, eight: {} }, iceServerApis: { xirsys } },
  peers,
  iceServerPolicy: { fetchedBy: "offerer", sharing: { waitMs: 200, delayMs: 1_500, restartsOnLateList: true } },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 3 },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 4_000 },
  expectedPath: "relayed",
  thresholds: { session_success: ["rate==1"], ice_servers_fetches: ["count==6"], message_delivery: ["rate>0.95"] },
});

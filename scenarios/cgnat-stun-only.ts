import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description: "Negative control: the carrier NAT call without TURN. Nothing may connect, or the lab's NATs leak.",
  tags: ["default"],
  topology: {
    routers: {
      carrier: { nat: "cgnat" },
      phone: { nat: "home", upstream: "carrier" },
      home: { nat: "home" },
    },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "phone", iceServers: [{ server: "turn", urls: ["stun"] }] },
    answerer: { behind: "home", iceServers: [{ server: "turn", urls: ["stun"] }] },
  },
  load: { executor: "per-vu-iterations", vus: 10, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});

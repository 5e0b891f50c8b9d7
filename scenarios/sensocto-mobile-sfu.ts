import { defineScenario } from "../lab/index.ts";
import { routers, stun, turnServers } from "./_sensocto.ts";

export default defineScenario({
  description:
    "Sensocto before: the same phone and an SFU on a public address meet without TURN. The carrier's NAT is not it.",
  tags: ["requirements", "sensocto-mobile"],
  topology: { routers, turnServers },
  peers: {
    offerer: { behind: "mobile", iceServers: [stun] },
    answerer: { behind: "internet", iceServers: [stun] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 2 },
  expectedPath: "direct",
});

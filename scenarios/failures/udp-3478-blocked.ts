import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overUdp } from "./_calls.ts";

const near = { nat: "symmetric", firewall: "stun-port-blocked" } as const;

const broken: Scenario = {
  description: "Two networks that block port 3478, and a list that has no other.",
  ...callsOver({}, { near }),
  ...failsWith("turn_port_blocked"),
};

export default defineFailure({
  field: "F05",
  broken,
  repaired: {
    ...broken,
    description: "TURN over UDP on port 443 beside it.",
    ...callsOver({}, { near, list: [overUdp, { server: "turn", urls: ["udp:443"] }] }),
    ...connects,
    expectedTransport: "udp",
  },
});

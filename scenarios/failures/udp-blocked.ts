import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overUdp } from "./_calls.ts";

const near = { nat: "udp-blocked" } as const;

const broken: Scenario = {
  description: "Two offices that let no UDP out, and a list that has TURN over UDP alone.",
  ...callsOver({}, { near }),
  ...failsWith("udp_blocked"),
};

export default defineFailure({
  field: "F05",
  broken,
  repaired: {
    ...broken,
    description: "The same offices with TURN over TCP in the list as well.",
    ...callsOver({}, { near, list: [overUdp, { server: "turn", urls: ["tcp"] }] }),
    ...connects,
    expectedTransport: "tcp",
  },
});

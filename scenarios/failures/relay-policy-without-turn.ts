import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overUdp, stun } from "./_calls.ts";

const peers = { transportPolicy: "relay" } as const;

const broken: Scenario = {
  description: "Policy `relay` with STUN alone in the list: neither peer has a candidate to tell.",
  ...callsOver({}, { list: [stun], peers }),
  ...failsWith("no_candidates"),
};

export default defineFailure({
  broken,
  repaired: {
    ...broken,
    description: "Policy `relay` with TURN in the list.",
    ...callsOver({}, { list: [overUdp], peers }),
    ...connects,
  },
});

import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const turn = { options: { "stale-nonce": 1 } };

const broken: Scenario = {
  description: "A nonce goes stale before the far candidates come, and the client drops its request at 438.",
  ...callsOver(turn, { peers: { transportPolicy: "relay", flaws: ["ignores-stale-nonce"] } }),
  signalling: { delayMs: 2_000 },
  ...failsWith("turn_nonce_not_followed"),
};

export default defineFailure({
  field: "F14",
  broken,
  repaired: {
    ...broken,
    description: "A client that asks again with the new nonce.",
    ...callsOver(turn, { peers: { transportPolicy: "relay" } }),
    ...connects,
  },
});

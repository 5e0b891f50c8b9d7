import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, dropsWith } from "./_calls.ts";

/** Clients refresh permissions and channels after half their lifetime. */
const calls = (nonceLifetimeS: number) =>
  callsOver(
    { options: { "stale-nonce": nonceLifetimeS, "permission-lifetime": 8, "channel-lifetime": 8 } },
    { peers: { transportPolicy: "relay", flaws: ["ignores-stale-nonce"] } },
  );

const broken: Scenario = {
  description: "The nonce goes stale in mid-call, and the client drops its refresh at 438 instead of asking again.",
  ...calls(2),
  traffic: { messageBytes: 200, messagesPerSecond: 20, durationMs: 14_000 },
  ...dropsWith("turn_nonce_not_followed"),
};

export default defineFailure({
  field: "F14",
  broken,
  repaired: { ...broken, description: "A nonce that outlives the call hides it.", ...calls(600), ...connects },
});

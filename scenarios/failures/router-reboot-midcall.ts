import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, dropsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "A symmetric router is rebooted in mid-call: what leaves it then comes from another port.",
  ...callsOver({}, { peers: { transportPolicy: "relay" } }),
  traffic: { messageBytes: 200, messagesPerSecond: 20, durationMs: 10_000 },
  changes: [{ atMs: 5_000, router: "near", forgets: true }],
  ...dropsWith("nat_rebooted"),
};

export default defineFailure({
  broken,
  repaired: {
    ...broken,
    description: "Calls that fall silent restart ICE.",
    recovery: { by: "ice-restart", afterSilenceMs: 1_000 },
    ...connects,
  },
});

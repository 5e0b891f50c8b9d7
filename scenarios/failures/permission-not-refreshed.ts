import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, dropsWith } from "./_calls.ts";

const turn = { options: { "permission-lifetime": 4, "channel-lifetime": 4 } };

const broken: Scenario = {
  description: "A client that lets its permissions end, at a server where they last four seconds.",
  ...callsOver(turn, { peers: { transportPolicy: "relay", flaws: ["no-permission-refresh"] } }),
  traffic: { messageBytes: 200, messagesPerSecond: 20, durationMs: 14_000 },
  ...dropsWith("turn_permission_expired"),
};

export default defineFailure({
  field: "F24",
  broken,
  repaired: {
    ...broken,
    description: "A client that refreshes them.",
    ...callsOver(turn, { peers: { transportPolicy: "relay" } }),
    ...connects,
  },
});

import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, dropsWith } from "./_calls.ts";

const turn = { options: { "max-allocate-lifetime": 5 } };

const broken: Scenario = {
  description: "A client that lets its allocation end, at a server where it lasts five seconds.",
  ...callsOver(turn, { peers: { transportPolicy: "relay", flaws: ["no-allocation-refresh"] } }),
  traffic: { messageBytes: 200, messagesPerSecond: 20, durationMs: 14_000 },
  ...dropsWith("turn_allocation_expired"),
};

export default defineFailure({
  field: "F24",
  broken,
  repaired: {
    ...broken,
    description: "A client that refreshes it.",
    ...callsOver(turn, { peers: { transportPolicy: "relay" } }),
    ...connects,
  },
});

import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, dropsWith } from "./_calls.ts";

/** Symmetric, so that what is sent after the silence leaves by another port than the server knows. */
const near = { nat: { preset: "symmetric", mappingLifetimeMs: 3_000 } } as const;

const broken: Scenario = {
  description:
    "A NAT forgets what was idle for three seconds; the clients send no keepalives, and a message every four.",
  ...callsOver({}, { near, peers: { transportPolicy: "relay", flaws: ["no-keepalive"] } }),
  // Long enough for two messages to be missed at the end.
  traffic: { messageBytes: 200, messagesPerSecond: 0.25, durationMs: 24_000 },
  ...dropsWith("nat_mapping_expired"),
};

export default defineFailure({
  field: "F23",
  broken,
  repaired: {
    ...broken,
    description: "Something is sent every second.",
    traffic: { messageBytes: 200, messagesPerSecond: 1, durationMs: 24_000 },
    ...connects,
  },
});

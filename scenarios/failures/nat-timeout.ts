import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, dropsWith } from "./_calls.ts";

/** Symmetric, so that what is sent after the silence leaves by another port than the server knows. */
const nat = { preset: "symmetric", mappingLifetimeMs: 3_000 } as const;
const sparse = { messageBytes: 200, messagesPerSecond: 0.25, durationMs: 24_000 };

const broken: Scenario = {
  description: "A NAT forgets an idle flow after three seconds, and neither client sends keepalives.",
  ...callsOver({}, { near: { nat }, peers: { transportPolicy: "relay", flaws: ["no-keepalive"] } }),
  traffic: sparse,
  ...dropsWith("nat_mapping_expired"),
};

export default defineFailure({
  field: "F23",
  broken,
  repaired: {
    ...broken,
    description: "Clients whose checks keep the flow alive.",
    ...callsOver({}, { near: { nat }, peers: { transportPolicy: "relay" } }),
    ...connects,
  },
});

import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "max-bps counts bytes, and somebody wrote what he thought were kilobits: DTLS does not fit in.",
  ...callsOver({ options: { "max-bps": 500 } }, { peers: { transportPolicy: "relay" } }),
  sessionTimeoutMs: 8_000,
  ...failsWith("turn_rate_limited"),
};

export default defineFailure({
  field: "F30",
  broken,
  repaired: {
    ...broken,
    description: "500 kB a second.",
    ...callsOver({ options: { "max-bps": 500_000 } }, { peers: { transportPolicy: "relay" } }),
    ...connects,
  },
});

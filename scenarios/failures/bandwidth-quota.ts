import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const peers = { transportPolicy: "relay" } as const;

const broken: Scenario = {
  description: "bps-capacity holds one max-bps: the second end of a call gets no relay.",
  ...callsOver({ options: { "max-bps": 1_000_000, "bps-capacity": 1_000_000 } }, { peers }),
  ...failsWith("turn_bandwidth_quota"),
};

export default defineFailure({
  field: "F16",
  broken,
  repaired: {
    ...broken,
    description: "Capacity for all calls at once.",
    ...callsOver({ options: { "max-bps": 1_000_000, "bps-capacity": 20_000_000 } }, { peers }),
    ...connects,
  },
});

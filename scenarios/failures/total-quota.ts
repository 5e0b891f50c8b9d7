import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const peers = { transportPolicy: "relay" } as const;

const broken: Scenario = {
  description: "A user for each peer and total-quota=1: the second end of a call gets no relay.",
  ...callsOver({ secrets: ["a-shared-secret"], options: { "total-quota": 1 } }, { peers }),
  ...failsWith("turn_total_quota"),
};

export default defineFailure({
  field: "F16",
  broken,
  repaired: {
    ...broken,
    description: "Two allocations for each call, for all of them at once.",
    ...callsOver({ secrets: ["a-shared-secret"], options: { "total-quota": 12 } }, { peers }),
    ...connects,
  },
});

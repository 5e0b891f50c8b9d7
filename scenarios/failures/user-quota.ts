import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const peers = { transportPolicy: "relay" } as const;

const broken: Scenario = {
  description: "One user for everybody and user-quota=1: the second end of a call gets no relay.",
  ...callsOver({ options: { "user-quota": 1 } }, { peers }),
  ...failsWith("turn_user_quota"),
};

export default defineFailure({
  field: "F16",
  broken,
  repaired: {
    ...broken,
    description: "Two allocations for each call, for all of them at once.",
    ...callsOver({ options: { "user-quota": 12 } }, { peers }),
    ...connects,
  },
});
